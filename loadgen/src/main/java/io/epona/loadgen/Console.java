package io.epona.loadgen;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * Where a command reads and writes.
 *
 * @param in       standard input.
 * @param out      figures and tables.
 * @param err      errors.
 * @param terminal whether lines of {@code out} can be redrawn.
 */
record Console(InputStream in, PrintStream out, PrintStream err, boolean terminal)
{
}
