package io.epona.engine;

/**
 * Time as the engine sees it: a port, so that tests and the simulator bring their own.
 * <p>
 * Any thread.
 */
@FunctionalInterface
public interface Clock
{
    /**
     * @return time since the epoch in nanoseconds, never less than an earlier reading.
     */
    long nowNs();
}
