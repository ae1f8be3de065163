package io.epona.engine;

import io.epona.codecs.ResultCode;

import java.util.Map;

/**
 * A topic being created or deleted: asked for by any thread, carried out by the housekeeper, watched by whoever asked.
 * Nothing here blocks. All methods may be called from any thread; what they return is final once {@link #isDone()}
 * returned true.
 */
public final class TopicRequest
{
    /** What is asked for. */
    enum Kind
    {
        /** Create a topic. */
        CREATE,
        /** Delete a topic. */
        DELETE
    }

    private final Kind kind;
    private final String name;
    private final int partitionCount;
    private final int replicationFactor;
    private final Map<String, String> config;

    // Written by the housekeeper before isDone, which publishes them.
    private long code;
    private String message = "";
    private TopicInfo topic;
    private volatile boolean isDone;

    TopicRequest(
        final Kind kind,
        final String name,
        final int partitionCount,
        final int replicationFactor,
        final Map<String, String> config)
    {
        this.kind = kind;
        this.name = name;
        this.partitionCount = partitionCount;
        this.replicationFactor = replicationFactor;
        this.config = config;
    }

    /**
     * Look whether the request is decided.
     *
     * @return true when it is.
     */
    public boolean poll()
    {
        return isDone;
    }

    /**
     * @return whether the request is decided.
     */
    public boolean isDone()
    {
        return isDone;
    }

    /**
     * @return 0 for success, or the negative number of a {@link ResultCode}. Meaningful once done.
     */
    public long code()
    {
        return isDone ? code : 0;
    }

    /**
     * @return why the request was refused and what to do; empty for success.
     */
    public String message()
    {
        return isDone ? message : "";
    }

    /**
     * @return the topic that was created or deleted, or null where the request was refused or is not decided.
     */
    public TopicInfo topic()
    {
        return isDone ? topic : null;
    }

    /**
     * @return name of the topic that the request is about, as given.
     */
    public String name()
    {
        return name;
    }

    Kind kind()
    {
        return kind;
    }

    int partitionCount()
    {
        return partitionCount;
    }

    int replicationFactor()
    {
        return replicationFactor;
    }

    Map<String, String> config()
    {
        return config;
    }

    void succeed(final TopicInfo topic)
    {
        this.topic = topic;
        isDone = true;
    }

    void refuse(final ResultCode code, final String message)
    {
        this.code = code.code();
        this.message = message;
        isDone = true;
    }
}
