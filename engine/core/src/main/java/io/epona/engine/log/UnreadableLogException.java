package io.epona.engine.log;

import java.io.IOException;

/**
 * Nothing of a log can be read, by what stands in its files, and not because of a device that fails: either its making
 * was cut off, and it may be impossible to make it now, or its first segment is damaged at its head.
 */
public final class UnreadableLogException extends IOException
{
    private static final long serialVersionUID = 1L;

    UnreadableLogException(final String message)
    {
        super(message);
    }

    UnreadableLogException(final String message, final IOException cause)
    {
        super(message + ": " + cause, cause);
    }
}
