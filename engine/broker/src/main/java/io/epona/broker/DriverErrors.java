package io.epona.broker;

import io.aeron.exceptions.AeronEvent;
import io.epona.broker.replication.AeronLinks;
import org.agrona.ErrorHandler;

/**
 * Takes the numbers out of what the media driver says of a rejected stream: who is turned away comes again every few
 * seconds, each time with others, and would fill the error log, where each text has one place. That another broker did
 * not hear the beginning of a stream is no error: the stream is made anew, and counted as lost.
 * <p>
 * Any thread.
 */
final class DriverErrors implements ErrorHandler
{
    private static final String REJECTION = "onPublicationError: ";
    private static final String REASON = "errorMessage=";

    private final ErrorHandler next;

    /**
     * @param next told of everything.
     */
    DriverErrors(final ErrorHandler next)
    {
        this.next = next;
    }

    @Override
    public void onError(final Throwable throwable)
    {
        final String text = throwable.getMessage();
        final int index = throwable instanceof AeronEvent && text.contains(REJECTION) ? text.indexOf(REASON) : -1;
        if (index < 0)
        {
            next.onError(throwable);
            return;
        }

        final String reason = text.substring(index + REASON.length());
        if (!AeronLinks.JOINED_LATE.equals(reason))
        {
            next.onError(new AeronEvent("a stream of this broker was rejected: " + reason));
        }
    }
}
