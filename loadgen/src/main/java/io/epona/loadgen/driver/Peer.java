package io.epona.loadgen.driver;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * Somebody else's system that Epona is compared with. Implemented in {@code loadgen/peers}, found by
 * {@link java.util.ServiceLoader} and loaded by {@link Peers} in a class loader of its own, so that nothing of that
 * system's dependencies meets Epona's.
 */
public interface Peer
{
    /**
     * @return name of the driver in scenarios.
     */
    String name();

    /**
     * @param ctx for the driver.
     * @return a driver, not yet open.
     */
    LoadDriver newDriver(DriverContext ctx);

    /**
     * Hold the driver against the load tools that the system's makers publish: both in turn, with equal settings, in
     * fresh JVMs, on one running system.
     *
     * @param records a turn.
     * @param length  of a record's value in bytes.
     * @param turns   of each of the two.
     * @param folder  for the figures; exists.
     * @param out     for a line about each turn and the outcome.
     * @return whether the driver reaches {@link #PARITY} of what the tools reach.
     * @throws IOException     where the folder cannot be written.
     * @throws DriverException where something cannot be run, or the system has no such tools.
     */
    boolean parity(long records, int length, int turns, Path folder, PrintStream out) throws IOException;

    /** Share of the tools' rates that a driver has to reach before anything measured by it may be published. */
    double PARITY = 0.85;
}
