package io.epona.simulator;

/**
 * The process is gone in the middle of what it did. No code of it catches this by accident; who runs the process does.
 */
public final class ProcessKilled extends Error
{
    private static final long serialVersionUID = 1;

    ProcessKilled()
    {
        super("killed", null, false, false);
    }
}
