package io.epona.transport;

/**
 * Stream numbers and ports. A broker has S shards; each shard hears produce and consume lanes on streams of its own,
 * so that a message is polled by the thread that owns the partition.
 */
public final class Streams
{
    /** Most shards that a broker can have. */
    public static final int MAX_SHARDS = 64;

    public static final int CONTROL_REQUEST = 1000;
    public static final int CONTROL_RESPONSE = 1100;
    public static final int PRODUCE_REQUEST_BASE = 1200;
    public static final int PRODUCE_RESPONSE_BASE = 1300;
    public static final int CONSUME_REQUEST_BASE = 1400;
    public static final int CONSUME_RESPONSE_BASE = 1500;
    public static final int REPLICATION_DATA_BASE = 2000;
    public static final int REPLICATION_CONTROL_BASE = 2100;

    /** Port on which a broker listens unless told otherwise. */
    public static final int DEFAULT_PORT = 9092;
    /** Responses and acks leave a broker by its port plus this. */
    public static final int RESPONSE_PORT_OFFSET = 1;
    /** Pushes leave a broker by its port plus this: they never share a socket with acks. */
    public static final int PUSH_PORT_OFFSET = 2;
    /** Ports that a broker takes for its clients, from its listening port on. */
    public static final int CLIENT_PORT_COUNT = 3;
    /** Other brokers send batches to a broker's port plus this. */
    public static final int REPLICATION_DATA_PORT_OFFSET = 3;
    /** Other brokers send the rest to a broker's port plus this: never behind a window of batches. */
    public static final int REPLICATION_CONTROL_PORT_OFFSET = 4;
    /** Ports that a broker of a cluster takes, from its listening port on. */
    public static final int BROKER_PORT_COUNT = 5;

    private Streams()
    {
    }

    /**
     * The shard that owns a partition.
     *
     * @param topicId   of the topic.
     * @param partition index.
     * @param shards    of the broker that leads the partition.
     * @return 0 to shards - 1.
     */
    public static int shardOf(final long topicId, final int partition, final int shards)
    {
        return (int)Math.floorMod(topicId + partition, (long)shards);
    }
}
