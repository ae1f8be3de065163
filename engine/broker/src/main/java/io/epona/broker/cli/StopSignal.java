package io.epona.broker.cli;

/**
 * Tells a command that it should end. Any thread.
 */
@FunctionalInterface
interface StopSignal
{
    /**
     * @return whether the command should end now, in good order.
     */
    boolean isRequested();
}
