package io.epona.broker.host;

import io.epona.engine.Engine;
import io.epona.engine.Partition;
import io.epona.engine.PartitionListener;
import io.epona.engine.TopicInfo;
import io.epona.engine.node.NodeMetadata;

import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * A broker that is alone: an engine on a data directory.
 */
public final class EngineHost implements BrokerHost
{
    private final Engine engine;
    private final EngineTopics topics;

    private EngineHost(final Engine engine)
    {
        this.engine = engine;
        this.topics = new EngineTopics(engine);
    }

    /**
     * Launch the engine.
     *
     * @param ctx    concluded.
     * @param keeper told of partitions that go.
     * @return the host.
     */
    public static EngineHost launch(final Engine.Context ctx, final PartitionKeeper keeper)
    {
        return new EngineHost(Engine.launch(ctx.partitionListener(new Listener(keeper))));
    }

    @Override
    public void begin(final NodeMetadata.Broker self)
    {
        topics.begin(self);
    }

    /**
     * @return the engine, closed with this.
     */
    public Engine engine()
    {
        return engine;
    }

    @Override
    public HostedPartition partition(final long topicId, final int index)
    {
        return EnginePartition.of(engine.partition(topicId, index));
    }

    @Override
    public HostedTopics topics()
    {
        return topics;
    }

    @Override
    public ShardWork shardWork(final int shard)
    {
        return ShardWork.NONE;
    }

    @Override
    public int conduct(final long nowNs)
    {
        return 0;
    }

    @Override
    public Throwable failure()
    {
        return null;
    }

    @Override
    public void awaitServing()
    {
        // It serves from the first cycle on.
    }

    @Override
    public void leave(final BooleanSupplier isFutile)
    {
        // There is nobody to take anything over.
    }

    @Override
    public void addCountersTo(final Map<String, Long> values)
    {
        long runwayMisses = 0;
        for (final TopicInfo topic : engine.topics())
        {
            for (int i = 0; i < topic.partitionCount(); i++)
            {
                final Partition partition = engine.partition(topic.topicId(), i);
                runwayMisses += null == partition ? 0 : partition.counters().runwayMisses();
            }
        }
        values.put("runway misses", runwayMisses);
    }

    @Override
    public void close()
    {
        engine.close();
    }

    /** Hands the news of partitions that go to the shard that owns them. */
    private record Listener(PartitionKeeper keeper) implements PartitionListener
    {
        @Override
        public boolean onPartitionOpened(final Partition partition)
        {
            // A shard finds its partitions when the first message names them.
            return true;
        }

        @Override
        public boolean onPartitionClosing(final Partition partition, final Release release)
        {
            return keeper.onPartitionGoing(partition.topicId(), partition.index(), release::release);
        }
    }
}
