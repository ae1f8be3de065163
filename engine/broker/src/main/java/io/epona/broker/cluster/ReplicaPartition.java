package io.epona.broker.cluster;

import io.epona.broker.host.HostedPartition;
import io.epona.codecs.ResultCode;
import io.epona.engine.PartitionReader;
import io.epona.engine.log.FlushPolicy;
import io.epona.engine.log.ReplicatedLog;
import io.epona.engine.node.NodeShard;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.ReplicaShard;
import io.epona.engine.replica.Role;
import org.agrona.DirectBuffer;

import java.util.concurrent.TimeUnit;

/**
 * A partition of a cluster as this broker has it: it takes batches and serves consumers where its replica here leads,
 * and says NOT_LEADER otherwise. The replica may come, go and come again.
 * <p>
 * Owned by the shard's thread, whatever the interface allows to others.
 */
final class ReplicaPartition implements HostedPartition
{
    /** Time after which an append that waits for other replicas is answered: its outcome is unknown then. */
    static final long ACK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private static final int NONE = -1;

    private final NodeShard shard;
    private final long topicId;
    private final int index;
    /** The last one seen, null for none. One that is gone leads no more. */
    private Replica replica;

    ReplicaPartition(final NodeShard shard, final long topicId, final int index)
    {
        this.shard = shard;
        this.topicId = topicId;
        this.index = index;
        this.replica = shard.replica(topicId, index);
    }

    private boolean isLeader()
    {
        return null != replica && Role.LEADER == replica.role();
    }

    @Override
    public long topicId()
    {
        return topicId;
    }

    @Override
    public int index()
    {
        return index;
    }

    @Override
    public int leaderEpoch()
    {
        return null == replica ? NONE : replica.leaderEpoch();
    }

    @Override
    public long logStart()
    {
        return null == replica ? NONE : replica.logStart();
    }

    @Override
    public long highWatermark()
    {
        return null == replica ? NONE : replica.log().highWatermark();
    }

    @Override
    public long logEnd()
    {
        return null == replica ? NONE : replica.logEnd();
    }

    @Override
    public long flushedEnd()
    {
        return null == replica ? NONE : replica.log().flushedEnd();
    }

    @Override
    public FlushPolicy flushPolicy()
    {
        return null == replica ? FlushPolicy.NONE : replica.log().flushPolicy();
    }

    @Override
    public int refusal()
    {
        return isLeader() ? replica.log().counters().refusal() : ResultCode.NOT_LEADER.code();
    }

    @Override
    public int lastSequence(final long producerId)
    {
        return null == replica ? NONE : replica.log().appender().lastSequence(producerId);
    }

    @Override
    public long appendBatch(
        final DirectBuffer buffer,
        final int batchIndex,
        final int length,
        final byte acks,
        final long correlationId,
        final long nowNs)
    {
        if (!isLeader())
        {
            replica = shard.replica(topicId, index);
            if (null == replica)
            {
                return ResultCode.NOT_LEADER.code();
            }
        }

        final long result = shard.produce(
            topicId, index, buffer, batchIndex, length, acks, correlationId, nowNs + ACK_TIMEOUT_NS, nowNs);
        if (ResultCode.LIMIT_REACHED.code() == result)
        {
            // So many wait for the other replicas that this one stays with its producer.
            return ResultCode.BACK_PRESSURED.code();
        }

        // A broker that starts or stops leads nothing.
        return ResultCode.NOT_CONNECTED.code() == result ? ResultCode.NOT_LEADER.code() : result;
    }

    @Override
    public boolean isDecidedLater(final byte acks)
    {
        return ReplicaShard.ACKS_ALL == acks;
    }

    @Override
    public int readRefusal()
    {
        replica = shard.replica(topicId, index);
        return isLeader() ? 0 : ResultCode.NOT_LEADER.code();
    }

    @Override
    public long latestOffset()
    {
        return isLeader() ? replica.latestOffset() : ResultCode.NOT_LEADER.code();
    }

    @Override
    public PartitionReader newReader()
    {
        return 0 == readRefusal() ? new PartitionReader(replica.log().newReader()) : null;
    }

    @Override
    public long place(final PartitionReader reader, final long startOffset, final int lastEpoch)
    {
        if (!isLeader() || shard.replica(topicId, index) != replica)
        {
            return ResultCode.NOT_LEADER.code();
        }
        if (START_EARLIEST == startOffset)
        {
            return reader.seekToEarliest();
        }

        final long offset = START_LATEST == startOffset ? replica.latestOffset() : startOffset;
        final long refusal = offset < 0 ? offset : replica.checkFetch(offset, lastEpoch);
        if (refusal < 0)
        {
            return ResultCode.LOADING.code() == refusal ? ResultCode.BACK_PRESSURED.code() : refusal;
        }

        // One that was faster with the leader before waits: what it has is here, and will be committed.
        return offset > replica.log().highWatermark() ? ResultCode.BACK_PRESSURED.code() : reader.seek(offset);
    }

    @Override
    public int divergedEpoch(final int epoch)
    {
        if (null == replica)
        {
            return NONE;
        }

        final ReplicatedLog log = replica.log().replicated();
        final int floor = log.floorOfEpoch(epoch);
        return floor < 0 ? NONE : log.epoch(floor);
    }

    @Override
    public long divergedEnd(final int epoch)
    {
        return null == replica ? NONE : replica.endOffsetFor(epoch);
    }

    @Override
    public boolean isServedIn(final int epoch)
    {
        return isLeader() && replica.leaderEpoch() == epoch;
    }

    /** The leader gives way where its log is fenced. */
    @Override
    public int endCode(final int refusal)
    {
        return ResultCode.PARTITION_FENCED.code() == refusal ? ResultCode.NOT_LEADER.code() : refusal;
    }

    @Override
    public void owner(final Thread owner)
    {
        // The node gives the log to the thread that runs its shard.
    }
}
