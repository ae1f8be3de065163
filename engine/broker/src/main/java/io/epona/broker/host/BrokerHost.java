package io.epona.broker.host;

import io.epona.engine.node.NodeMetadata;

import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * What a broker serves, and what it takes to serve it beside lanes: an engine, or a node of a cluster. Made and closed
 * by the threads that launch and close the broker.
 */
public interface BrokerHost extends AutoCloseable
{
    /**
     * Find a partition. The thread of the shard; any thread in a broker that is alone.
     *
     * @param topicId of the topic.
     * @param index   of the partition.
     * @return the partition, or null where this broker has none.
     */
    HostedPartition partition(long topicId, int index);

    /**
     * @return the topics, for the conductor.
     */
    HostedTopics topics();

    /**
     * @param shard number.
     * @return what the shard does beside its lanes.
     */
    ShardWork shardWork(int shard);

    /**
     * The broker listens: from now on it is known who it is. Before the agents run.
     *
     * @param self the broker, as others are told of it.
     */
    void begin(NodeMetadata.Broker self);

    /**
     * A cycle of the conductor's thread.
     *
     * @param nowNs epoch ns.
     * @return work count.
     */
    int conduct(long nowNs);

    /**
     * @return why it cannot go on, or null while all is well. Any thread.
     */
    Throwable failure();

    /**
     * Wait until clients can be served, while the agents run.
     *
     * @throws io.epona.engine.EngineException saying why that will not be.
     */
    void awaitServing();

    /**
     * Leave in order what others can take over, and wait until that is done, while the agents still run.
     *
     * @param isFutile whether they do not run any more.
     */
    void leave(BooleanSupplier isFutile);

    /**
     * Add what it counts. Any thread.
     *
     * @param values to add to.
     */
    void addCountersTo(Map<String, Long> values);

    /**
     * Put everything on disk and let go of the data directory. After the agents have ended.
     */
    @Override
    void close();
}
