package io.epona.broker.cli;

import java.io.InputStream;
import java.io.PrintStream;

/**
 * What a command reads and writes. Standard output carries data and answers only; everything said to people about the
 * run goes to standard error.
 *
 * @param in            standard input.
 * @param out           standard output.
 * @param err           standard error.
 * @param isInteractive whether a person watches: only then is progress shown.
 * @param stop          asked now and then.
 */
public record Terminal(InputStream in, PrintStream out, PrintStream err, boolean isInteractive, StopSignal stop)
{
}
