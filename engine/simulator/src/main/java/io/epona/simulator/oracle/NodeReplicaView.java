package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionState.Member;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.log.LogAudit;
import io.epona.engine.log.LogReader;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.Role;

import java.util.List;
import java.util.function.IntSupplier;

/**
 * A replica of a running node, seen from outside.
 * <p>
 * Owned by the thread of its world.
 */
public final class NodeReplicaView implements ReplicaView, AutoCloseable
{
    private static final int READ_LENGTH = 1 << 20;

    private final Replica replica;
    private final IntSupplier brokerEpoch;
    private final LogReader reader;
    private Role role;
    private int version = -2;
    private int leaderEpoch = -2;
    private long logStart = -1;
    private long logEnd = -1;
    private long highWatermark = -1;
    private int seenBrokerEpoch = -2;
    private List<Member> isr = List.of();
    private List<Member> effectiveIsr = List.of();

    /**
     * @param replica     to look at.
     * @param brokerEpoch of its broker at the moment.
     */
    public NodeReplicaView(final Replica replica, final IntSupplier brokerEpoch)
    {
        this.replica = replica;
        this.brokerEpoch = brokerEpoch;
        this.reader = replica.log().replicated().newReader();
    }

    /**
     * @return what is looked at.
     */
    public Replica replica()
    {
        return replica;
    }

    /**
     * @return whether something is other than when this was asked the last time.
     */
    public boolean hasChanged()
    {
        final boolean isSame = role == replica.role() && version == replica.version() &&
            leaderEpoch == replica.leaderEpoch() && logStart == replica.logStart() && logEnd == replica.logEnd() &&
            highWatermark == replica.highWatermark() && seenBrokerEpoch == brokerEpoch() &&
            isr.equals(replica.isr()) && effectiveIsr.equals(replica.effectiveIsr());
        role = replica.role();
        version = replica.version();
        leaderEpoch = replica.leaderEpoch();
        logStart = replica.logStart();
        logEnd = replica.logEnd();
        highWatermark = replica.highWatermark();
        seenBrokerEpoch = brokerEpoch();
        isr = replica.isr();
        effectiveIsr = replica.effectiveIsr();

        return !isSame;
    }

    @Override
    public long topicId()
    {
        return replica.topicId();
    }

    @Override
    public int partition()
    {
        return replica.partition();
    }

    @Override
    public int brokerEpoch()
    {
        return brokerEpoch.getAsInt();
    }

    @Override
    public boolean isLeader()
    {
        return Role.LEADER == replica.role();
    }

    @Override
    public int leaderEpoch()
    {
        return replica.leaderEpoch();
    }

    @Override
    public long logStart()
    {
        return replica.logStart();
    }

    @Override
    public long highWatermark()
    {
        return replica.highWatermark();
    }

    @Override
    public long logEnd()
    {
        return replica.logEnd();
    }

    @Override
    public long leaderEpochStart()
    {
        return replica.leaderEpochStart();
    }

    @Override
    public int minIsr()
    {
        return null == replica.state() ? 0 : replica.state().minIsr();
    }

    @Override
    public List<Member> isr()
    {
        return replica.isr();
    }

    @Override
    public List<Member> effectiveIsr()
    {
        return replica.effectiveIsr();
    }

    @Override
    public void forEachBatch(final long fromOffset, final BatchVisitor visitor)
    {
        if (reader.seek(fromOffset) < 0)
        {
            return;
        }
        int length = 1;
        while (length > 0 && reader.position() < replica.logEnd())
        {
            length = reader.pollBatches(
                (buffer, index, bytes, baseOffset, nextOffset) ->
                {
                    int i = index;
                    while (i < index + bytes)
                    {
                        visitor.onBatch(buffer, i);
                        i += RecordBatchDescriptor.length(buffer, i);
                    }
                    return true;
                },
                READ_LENGTH);
        }
    }

    @Override
    public String audit()
    {
        if (replica.log().replicated().isBusy())
        {
            return null;
        }
        final LogAudit audit = new LogAudit();
        forEachBatch(replica.logStart(), audit::onBatch);

        return audit.compare(replica.log());
    }

    @Override
    public void close()
    {
        reader.close();
    }
}
