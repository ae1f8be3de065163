package io.epona.transport;

/**
 * What a lane is for. The kind decides streams, ports and buffer sizes.
 */
public enum LaneKind
{
    /** Connect, keep-alive, metadata, admin; polled by the broker's conductor. */
    CONTROL(Streams.CONTROL_REQUEST, Streams.CONTROL_RESPONSE, Streams.RESPONSE_PORT_OFFSET),
    /** Batches to a shard, acks back. */
    PRODUCE(Streams.PRODUCE_REQUEST_BASE, Streams.PRODUCE_RESPONSE_BASE, Streams.RESPONSE_PORT_OFFSET),
    /** Subscriptions to a shard, pushes back. */
    CONSUME(Streams.CONSUME_REQUEST_BASE, Streams.CONSUME_RESPONSE_BASE, Streams.PUSH_PORT_OFFSET);

    private final int requestBase;
    private final int responseBase;
    private final int responsePortOffset;

    LaneKind(final int requestBase, final int responseBase, final int responsePortOffset)
    {
        this.requestBase = requestBase;
        this.responseBase = responseBase;
        this.responsePortOffset = responsePortOffset;
    }

    /**
     * Stream on which the broker hears requests.
     *
     * @param shard of the broker, 0 for the control lane.
     * @return the stream id.
     */
    public int requestStream(final int shard)
    {
        return requestBase + shard;
    }

    /**
     * Stream on which the client hears responses.
     *
     * @param shard of the broker, 0 for the control lane.
     * @return the stream id.
     */
    public int responseStream(final int shard)
    {
        return responseBase + shard;
    }

    /**
     * @return what is added to the port of requests to have the control port of responses (UDP).
     */
    public int responsePortOffset()
    {
        return responsePortOffset;
    }
}
