package io.epona.broker.cli;

/**
 * Tells a command that it should end. Any thread.
 */
@FunctionalInterface
public interface StopSignal
{
    /**
     * @return whether the command should end now, in good order.
     */
    boolean isRequested();

    /**
     * Say how long the command takes to end in good order, where that is longer than usual.
     *
     * @param deadlineMs after which it may be ended anyhow.
     */
    default void deadline(final long deadlineMs)
    {
        // Who asks once need not know how long it takes.
    }
}
