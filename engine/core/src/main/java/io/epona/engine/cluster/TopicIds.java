package io.epona.engine.cluster;

import org.agrona.ErrorHandler;

import java.util.function.LongSupplier;

/**
 * Topic ids as nodes hold them. A value that is damaged names none, and the error handler is told.
 * <p>
 * Owned by who reads the nodes.
 */
public final class TopicIds
{
    private final ErrorHandler errorHandler;

    /**
     * @param errorHandler told of values that are damaged.
     */
    public TopicIds(final ErrorHandler errorHandler)
    {
        this.errorHandler = errorHandler;
    }

    /**
     * @param value of {@link Paths#TOPIC_ID_COUNTER}.
     * @return the id to give out next, or -1.
     */
    public long next(final byte[] value)
    {
        return decoded(() -> NodeValues.decodeCounter(Paths.TOPIC_ID_COUNTER, value));
    }

    /**
     * @param path  of a topic's node.
     * @param value of the node.
     * @return id of the topic, or -1.
     */
    public long of(final String path, final byte[] value)
    {
        return decoded(() -> NodeValues.decodeTopic(path, value).topicId());
    }

    private long decoded(final LongSupplier decoder)
    {
        try
        {
            return decoder.getAsLong();
        }
        catch (final NodeValues.DamagedValueException ex)
        {
            errorHandler.onError(ex);
            return -1;
        }
    }
}
