package io.epona.simulator.oracle;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.log.LogAudit;
import io.epona.engine.replica.Phase;
import io.epona.engine.replica.Replica;
import io.epona.engine.replica.Role;
import io.epona.simulator.SimDisk;
import org.agrona.DirectBuffer;

import java.util.List;
import java.util.function.IntSupplier;

/**
 * A replica of a running node, seen from outside.
 * <p>
 * Owned by the thread of its world.
 */
public final class NodeReplicaView implements ReplicaView
{
    /** Of the first batch in a file of the log. */
    private static final int BATCHES_INDEX = 4096;
    private static final long NOT_SEEN = -1;

    private final Replica replica;
    private final IntSupplier brokerEpoch;
    private final SimDisk disk;
    private long tailBase = -1;
    private long tailOffset;
    private int tailIndex;
    private long keptStart = NOT_SEEN;
    private long keptEnd = NOT_SEEN;
    private long keptHighWatermark = NOT_SEEN;
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
     * @param disk        on which the log is.
     */
    public NodeReplicaView(final Replica replica, final IntSupplier brokerEpoch, final SimDisk disk)
    {
        this.replica = replica;
        this.brokerEpoch = brokerEpoch;
        this.disk = disk;
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
            leaderEpoch == replica.leaderEpoch() && logStart == logStart() && logEnd == logEnd() &&
            highWatermark == highWatermark() && seenBrokerEpoch == brokerEpoch() &&
            isr.equals(replica.isr()) && effectiveIsr.equals(replica.effectiveIsr());
        role = replica.role();
        version = replica.version();
        leaderEpoch = replica.leaderEpoch();
        logStart = logStart();
        logEnd = logEnd();
        highWatermark = highWatermark();
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
        if (NOT_SEEN == keptStart || !isBeingCut())
        {
            keptStart = replica.logStart();
        }

        return keptStart;
    }

    /**
     * While a log is cut, or begins anew, it is the housekeeper's, and goes through states that nobody is to see: what
     * counts is how it was, until the replica takes note of how it is. One that faulted over it is seen no more.
     */
    private boolean isBeingCut()
    {
        return Phase.TRUNCATING == replica.phase() || Phase.LOADING == replica.phase() ||
            Role.FAULTED == replica.role();
    }

    @Override
    public long highWatermark()
    {
        if (NOT_SEEN == keptHighWatermark || !isBeingCut())
        {
            keptHighWatermark = replica.highWatermark();
        }

        return keptHighWatermark;
    }

    @Override
    public long logEnd()
    {
        if (NOT_SEEN == keptEnd || !isBeingCut())
        {
            keptEnd = replica.logEnd();
        }

        return keptEnd;
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
    public int checkFetch(final long offset, final int epoch)
    {
        return replica.checkFetch(offset, epoch);
    }

    @Override
    public long followerEnd(final int brokerId)
    {
        return replica.followerEnd(brokerId);
    }

    @Override
    public void forEachBatch(final long fromOffset, final BatchVisitor visitor)
    {
        final long end = logEnd();
        final List<LogAudit.Place> places = LogAudit.places(replica.log());
        for (int i = 0; i < places.size(); i++)
        {
            final long segmentEnd = i + 1 < places.size() ? Math.min(end, places.get(i + 1).baseOffset()) : end;
            if (segmentEnd > Math.max(fromOffset, places.get(i).baseOffset()))
            {
                forEachBatch(places.get(i), fromOffset, segmentEnd, visitor);
            }
        }
    }

    private void forEachBatch(
        final LogAudit.Place place, final long fromOffset, final long end, final BatchVisitor visitor)
    {
        final DirectBuffer file = disk.look(place.file());
        // Offsets only grow, and so do indexes: go on where the last look at the end of this file ended.
        // A file that compaction may have written anew is looked at from its beginning.
        final boolean isKnown = place.baseOffset() == tailBase && tailOffset <= fromOffset && place.isGrowing();
        long offset = isKnown ? tailOffset : place.baseOffset();
        int index = isKnown ? tailIndex : BATCHES_INDEX;
        while (null != file && offset < end && index + RecordBatchDescriptor.HEADER_LENGTH <= file.capacity())
        {
            final int length = RecordBatchDescriptor.length(file, index);
            if (length < RecordBatchDescriptor.HEADER_LENGTH || length > file.capacity() - index)
            {
                return;
            }
            offset = RecordBatchDescriptor.nextOffset(file, index);
            if (offset > fromOffset)
            {
                visitor.onBatch(file, index);
            }
            index += length;
            tailBase = place.baseOffset();
            tailOffset = offset;
            tailIndex = index;
        }
    }

    @Override
    public String audit()
    {
        // While it is cut the one is ahead of the other, and stays so where the cut failed: nobody uses it then.
        if (replica.log().replicated().isBusy() || Role.FAULTED == replica.role() ||
            ResultCode.PARTITION_FENCED.code() == replica.log().replicated().refusal())
        {
            return null;
        }
        final LogAudit audit = new LogAudit();
        forEachBatch(replica.logStart(), audit::onBatch);

        return audit.compare(replica.log());
    }
}
