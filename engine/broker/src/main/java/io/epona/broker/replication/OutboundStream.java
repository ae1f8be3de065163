package io.epona.broker.replication;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.status.AtomicCounter;

import java.util.concurrent.TimeUnit;

/**
 * One of the streams to one broker: a publication that is made, greets, carries messages, and is made again when it is
 * lost. Whoever receives joins a publication at its beginning or not at all, so a lost one is never used again: not
 * even where the receiver comes back within the time in which the driver would not have noticed.
 * <pre>
 *     IDLE -> ADDING -> CONNECTING -> OPEN -> ENDED -> IDLE
 * </pre>
 * Owned by the shard's thread. Nothing blocks.
 */
final class OutboundStream
{
    static final long MIN_BACKOFF_NS = TimeUnit.MILLISECONDS.toNanos(100);
    static final long MAX_BACKOFF_NS = TimeUnit.SECONDS.toNanos(5);
    /** What lasted so long was no failed attempt. */
    private static final long STABLE_NS = TimeUnit.SECONDS.toNanos(10);

    private enum State
    {
        /** Nothing, until the next attempt. */
        IDLE,
        /** The driver was asked for a publication. */
        ADDING,
        /** No receiver yet, or the hello is not written. */
        CONNECTING,
        /** The hello is written. */
        OPEN,
        /** Found unusable by an offer. */
        ENDED
    }

    private final Aeron aeron;
    private final Hello hello;
    private final LinkCounters counters;
    private final ErrorHandler errorHandler;
    private final int brokerId;
    private final String channel;
    private final int stream;
    private final AtomicCounter messages;
    private final AtomicCounter bytes;
    private final AtomicCounter backPressure;
    private State state = State.IDLE;
    private ExclusivePublication publication;
    private long registrationId;
    private long nextAttemptNs = Long.MIN_VALUE;
    private long backoffNs = MIN_BACKOFF_NS;
    private long openedNs;
    private boolean isAtEnd;

    OutboundStream(
        final Aeron aeron,
        final Hello hello,
        final LinkCounters counters,
        final ErrorHandler errorHandler,
        final int brokerId,
        final StreamKind kind,
        final String channel,
        final int stream)
    {
        this.aeron = aeron;
        this.hello = hello;
        this.counters = counters;
        this.errorHandler = errorHandler;
        this.brokerId = brokerId;
        this.channel = channel;
        this.stream = stream;
        final boolean isData = StreamKind.DATA == kind;
        this.messages = isData ? counters.dataMessagesOut : counters.controlMessagesOut;
        this.bytes = isData ? counters.dataBytesOut : null;
        this.backPressure = isData ? counters.dataBackPressure : counters.controlBackPressure;
    }

    boolean isOpen()
    {
        return State.OPEN == state;
    }

    /** Whether somebody may have received something of the publication. */
    boolean wasConnected()
    {
        return State.OPEN == state || State.ENDED == state;
    }

    long offer(
        final DirectBuffer head,
        final int headIndex,
        final int headLength,
        final DirectBuffer body,
        final int bodyIndex,
        final int bodyLength)
    {
        if (State.OPEN != state)
        {
            return Publication.NOT_CONNECTED;
        }

        long result = publication.offer(head, headIndex, headLength, body, bodyIndex, bodyLength, null);
        if (Publication.ADMIN_ACTION == result)
        {
            // The end of a term was reached: the next one is there at once.
            result = publication.offer(head, headIndex, headLength, body, bodyIndex, bodyLength, null);
        }

        return onOffered(result, headLength + bodyLength);
    }

    long offer(final DirectBuffer buffer, final int index, final int length)
    {
        if (State.OPEN != state)
        {
            return Publication.NOT_CONNECTED;
        }

        long result = publication.offer(buffer, index, length, null);
        if (Publication.ADMIN_ACTION == result)
        {
            result = publication.offer(buffer, index, length, null);
        }

        return onOffered(result, length);
    }

    private long onOffered(final long result, final int length)
    {
        if (result > 0)
        {
            messages.incrementRelease();
            if (null != bytes)
            {
                bytes.getAndAddRelease(length);
            }
        }
        else if (Publication.BACK_PRESSURED == result || Publication.ADMIN_ACTION == result)
        {
            backPressure.incrementRelease();
        }
        else
        {
            isAtEnd = Publication.MAX_POSITION_EXCEEDED == result;
            state = State.ENDED;
        }

        return result;
    }

    /**
     * Go on, without waiting.
     *
     * @param nowNs of the cycle.
     * @return work count.
     */
    int doWork(final long nowNs)
    {
        return switch (state)
        {
            case IDLE -> nowNs >= nextAttemptNs && hello.isKnown() ? add(nowNs) : 0;
            case ADDING -> awaitPublication(nowNs);
            case CONNECTING -> publication.isConnected() ? greet(nowNs) : 0;
            case OPEN -> publication.isConnected() ? 0 : onLost(nowNs);
            case ENDED -> onLost(nowNs);
        };
    }

    private int add(final long nowNs)
    {
        try
        {
            registrationId = aeron.asyncAddExclusivePublication(channel, stream);
            state = State.ADDING;
        }
        catch (final AeronException ex)
        {
            onFailed(ex, nowNs);
        }

        return 1;
    }

    private int awaitPublication(final long nowNs)
    {
        try
        {
            publication = aeron.getExclusivePublication(registrationId);
            if (null == publication)
            {
                return 0;
            }
            state = State.CONNECTING;
        }
        catch (final AeronException ex)
        {
            onFailed(ex, nowNs);
        }

        return 1;
    }

    /** The address is unknown, the driver has no room, or is gone: told, and tried again later. */
    private void onFailed(final AeronException ex, final long nowNs)
    {
        counters.connectFailures.incrementRelease();
        errorHandler.onError(ex);
        state = State.IDLE;
        backOff(nowNs);
    }

    private int greet(final long nowNs)
    {
        if (publication.offer(hello.write(brokerId), 0, Hello.LENGTH, null) <= 0)
        {
            return 0;
        }

        state = State.OPEN;
        openedNs = nowNs;
        counters.connections.incrementRelease();
        counters.connected.incrementRelease();

        return 1;
    }

    private int onLost(final long nowNs)
    {
        if (isAtEnd)
        {
            // What is on its way still arrives.
            remove(false);
            nextAttemptNs = nowNs;
        }
        else
        {
            counters.connectionsLost.incrementRelease();
            if (nowNs - openedNs > STABLE_NS)
            {
                backoffNs = MIN_BACKOFF_NS;
            }
            remove(true);
            backOff(nowNs);
        }

        return 1;
    }

    /** Try again at once. */
    void retry()
    {
        nextAttemptNs = Long.MIN_VALUE;
        backoffNs = MIN_BACKOFF_NS;
    }

    private void backOff(final long nowNs)
    {
        nextAttemptNs = nowNs + backoffNs;
        backoffNs = Math.min(2 * backoffNs, MAX_BACKOFF_NS);
    }

    /**
     * Let go of the publication.
     *
     * @param isRevoked whether the receiver may drop what it has not consumed.
     */
    void remove(final boolean isRevoked)
    {
        if (wasConnected())
        {
            counters.connected.decrementRelease();
        }
        if (null != publication)
        {
            if (isRevoked)
            {
                publication.revokeOnClose();
            }
            publication.close();
            publication = null;
        }
        else if (State.ADDING == state && !aeron.isClosed())
        {
            aeron.asyncRemovePublication(registrationId);
        }
        state = State.IDLE;
        isAtEnd = false;
    }
}
