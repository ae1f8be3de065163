package io.epona.broker;

/**
 * A peer sent what the protocol does not allow: for the error log only, never thrown through a duty cycle. The text
 * carries no data of the message, so that the log stays bounded whatever arrives.
 */
final class ProtocolViolationException extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    ProtocolViolationException(final Violation violation, final String where)
    {
        super("garbage on a " + where + " lane: " + violation.text() + "; the lane was closed", null, false, false);
    }
}
