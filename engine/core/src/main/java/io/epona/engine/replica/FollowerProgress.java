package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.BatchValidator;
import io.epona.codecs.batch.Crc32c;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.PartitionReader.BatchesHandler;
import io.epona.engine.log.LogReader;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/**
 * What a leader knows of one follower in its epoch, and how far it has sent it the log. Owned by the shard's thread.
 * <p>
 * <b>Batching by what is not acknowledged.</b> A range that ends at the log end goes when nothing is on its way; a
 * range with more behind it goes as long as the window has room. So a follower that keeps up gets what came in since
 * its last ack, and one that catches up gets full ranges.
 */
final class FollowerProgress implements BatchesHandler
{
    /** Nothing was acknowledged in this epoch. */
    static final long NOTHING = -1;
    private static final int RANGES_MAX = 64;

    private final Leader leader;
    private final PeerLink link;
    private final long[] rangeEnds = new long[RANGES_MAX];
    private final int[] rangeLengths = new int[RANGES_MAX];
    private int firstRange;
    private int ranges;
    private long inFlight;

    private int brokerEpoch = -1;
    private long syncId;
    private boolean isMatched;
    /** Whether it said that it cannot go on: nothing is sent until it asks to sync. */
    private boolean isStopped;
    private boolean isLost;
    private boolean hasStorageFault;
    private boolean wasDiverged;
    private boolean isMember;
    private long acked = NOTHING;
    private long ackedEnd;
    private long next;

    private long markEnd;
    private long markNs;
    private long caughtUpNs;
    private long bouncedNs;

    private LogReader reader;
    private long offered;
    private boolean isListed;
    private boolean isEnded;
    private long toldHighWatermark;
    private long toldLogStart;
    private long toldNs;
    private long heardNs;
    private boolean isTellDue;

    FollowerProgress(final Leader leader, final PeerLink link, final long nowNs)
    {
        this.leader = leader;
        this.link = link;
        this.caughtUpNs = nowNs;
        this.markNs = nowNs;
        this.markEnd = leader.logEnd();
    }

    PeerLink link()
    {
        return link;
    }

    int brokerId()
    {
        return link.brokerId();
    }

    /** Life of the broker that synced last, -1 for none. */
    int brokerEpoch()
    {
        return brokerEpoch;
    }

    long syncId()
    {
        return syncId;
    }

    boolean isMatched()
    {
        return isMatched;
    }

    boolean isMember()
    {
        return isMember;
    }

    void isMember(final boolean isInSync)
    {
        isMember = isInSync;
    }

    boolean isLost()
    {
        return isLost;
    }

    /** What the member claimed to hold is not there. */
    void lose()
    {
        isLost = true;
        acked = NOTHING;
    }

    /** It is not a member any more, so it can become one again. */
    void forgive()
    {
        isLost = false;
        hasStorageFault = false;
    }

    boolean hasStorageFault()
    {
        return hasStorageFault;
    }

    boolean wasDiverged()
    {
        return wasDiverged;
    }

    void wasDiverged(final boolean isTold)
    {
        wasDiverged = isTold;
    }

    /**
     * @param epoch life that a member is known by.
     * @return what that life acknowledged in this epoch, or {@link #NOTHING}.
     */
    long acked(final int epoch)
    {
        return epoch == brokerEpoch ? acked : NOTHING;
    }

    /** Log end that it acknowledged, whether on disk or not. */
    long ackedEnd()
    {
        return ackedEnd;
    }

    long acked()
    {
        return acked;
    }

    /** Take over what it acknowledged in an epoch before: wrong, and planted. */
    void inherit(final FollowerProgress before)
    {
        brokerEpoch = before.brokerEpoch;
        acked = before.acked;
    }

    /** Take over the whole sync of an epoch before: wrong, and planted. */
    void inheritSync(final FollowerProgress before)
    {
        brokerEpoch = before.brokerEpoch;
        syncId = before.syncId;
        isMatched = before.isMatched;
        next = before.next;
        ackedEnd = before.ackedEnd;
    }

    /** A FollowerState is judged: what was known of the sync before it does not count any more. */
    void beginSync(final int epoch, final long newSyncId)
    {
        if (epoch != brokerEpoch)
        {
            bouncedNs = leader.nowNs();
            brokerEpoch = epoch;
            acked = NOTHING;
            isLost = false;
        }
        syncId = newSyncId;
        isMatched = false;
        isStopped = false;
        isTellDue = false;
        // A member goes for it first.
        hasStorageFault &= isMember;
        firstRange = 0;
        ranges = 0;
        inFlight = 0;
        heardNs = leader.nowNs();
    }

    /** Its log matches. */
    void match(final long logEnd, final long counted)
    {
        isMatched = true;
        next = logEnd;
        ackedEnd = logEnd;
        acked = isLost ? NOTHING : Math.max(acked, counted);
        updateLag(counted);
        toldHighWatermark = leader.highWatermark();
        toldLogStart = leader.logStart();
        toldNs = leader.nowNs();
    }

    /** It acknowledged. */
    void onAck(final long logEnd, final long counted)
    {
        heardNs = leader.nowNs();
        ackedEnd = Math.max(ackedEnd, logEnd);
        while (ranges > 0 && rangeEnds[firstRange] <= logEnd)
        {
            inFlight -= rangeLengths[firstRange];
            firstRange = firstRange + 1 == RANGES_MAX ? 0 : firstRange + 1;
            ranges--;
        }
        if (!isLost)
        {
            acked = Math.max(acked, counted);
        }
        updateLag(counted);
    }

    /** It cannot go on with what it gets: it will sync again. */
    void stop(final boolean isStorageFault)
    {
        isStopped = true;
        hasStorageFault |= isStorageFault;
    }

    private void updateLag(final long counted)
    {
        final long nowNs = leader.nowNs();
        final long logEnd = leader.logEnd();
        if (counted >= logEnd)
        {
            caughtUpNs = nowNs;
        }
        else if (counted >= markEnd)
        {
            caughtUpNs = Math.max(caughtUpNs, markNs);
        }
        if (counted >= markEnd)
        {
            markEnd = logEnd;
            markNs = nowNs;
        }
    }

    /** The log of the leader grew: who was at its end before has the time from now on. */
    void onAppend(final long endBefore)
    {
        if (acked >= endBefore)
        {
            caughtUpNs = leader.nowNs();
            markEnd = leader.logEnd();
            markNs = caughtUpNs;
        }
        link.tell(this);
    }

    /**
     * @param epoch life of the broker by which it is a member.
     * @return time since it held all that the leader had.
     */
    long lagNs(final int epoch)
    {
        if (epoch != brokerEpoch)
        {
            return leader.nowNs() - (brokerEpoch < 0 ? caughtUpNs : bouncedNs);
        }

        return acked >= leader.logEnd() ? 0 : leader.nowNs() - caughtUpNs;
    }

    boolean isListed()
    {
        return isListed;
    }

    void isListed(final boolean isNamed)
    {
        isListed = isNamed;
    }

    /** The leadership ended, or the follower is no replica any more. */
    void end()
    {
        isEnded = true;
        if (null != reader)
        {
            reader.close();
            reader = null;
        }
    }

    /**
     * Send one range, if one may go.
     *
     * @return a position, 0 where there was nothing to send, or a negative code of the link.
     */
    long sendBatches()
    {
        if (isEnded || !isMatched || isStopped || next >= leader.logEnd() || RANGES_MAX == ranges ||
            inFlight >= leader.windowLength())
        {
            return 0;
        }

        open();
        if (reader.position() != next && 0 != reader.seek(next))
        {
            // Retention passed it by. It hears of the log start, and asks to sync.
            isStopped = true;
            isTellDue = true;
            return 0;
        }
        if (!reader.isPollDue())
        {
            return 0;
        }

        offered = 0;
        final int result = reader.pollBatches(this, leader.quantumLength());
        if (result < 0)
        {
            isStopped = true;
            isTellDue = true;
            return 0;
        }

        return offered;
    }

    private void open()
    {
        if (null == reader)
        {
            reader = leader.newReader();
        }
    }

    @Override
    public boolean onBatches(
        final DirectBuffer buffer, final int index, final int length, final long baseOffset, final long nextOffset)
    {
        if (RecordBatchDescriptor.baseOffset(buffer, index) < next)
        {
            return offerRest(buffer, index);
        }

        return !(ranges > 0 && nextOffset == leader.logEnd()) && offer(buffer, index, length, nextOffset);
    }

    /**
     * The follower ends inside of an empty batch: where it has several, compaction has left one that stands for them
     * all. What it is sent stands for those that it does not have.
     */
    private boolean offerRest(final DirectBuffer buffer, final int index)
    {
        final long nextOffset = RecordBatchDescriptor.nextOffset(buffer, index);
        if (0 != RecordBatchDescriptor.recordCount(buffer, index))
        {
            if (!BatchValidator.isHeaderValid(buffer, index, new Crc32c()))
            {
                reader.damaged("the header of the batch does not match its checksum");
                return false;
            }
            throw new IllegalStateException(
                "a follower that matched ends at " + next + ", inside of a batch that ends at " + nextOffset);
        }
        final UnsafeBuffer rest = new UnsafeBuffer(new byte[RecordBatchDescriptor.HEADER_LENGTH]);
        rest.putBytes(0, buffer, index, RecordBatchDescriptor.HEADER_LENGTH);
        rest.putInt(
            RecordBatchDescriptor.LAST_OFFSET_DELTA_OFFSET, (int)(nextOffset - next - 1), ByteOrder.LITTLE_ENDIAN);
        final Crc32c crc = new Crc32c();
        rest.putInt(
            RecordBatchDescriptor.BODY_CRC_OFFSET,
            crc.compute(
                rest, RecordBatchDescriptor.BODY_OFFSET,
                RecordBatchDescriptor.HEADER_LENGTH - RecordBatchDescriptor.BODY_OFFSET),
            ByteOrder.LITTLE_ENDIAN);
        RecordBatchDescriptor.stamp(
            rest, 0, next, RecordBatchDescriptor.leaderEpoch(buffer, index),
            RecordBatchDescriptor.appendTimestamp(buffer, index), crc);

        return offer(rest, 0, RecordBatchDescriptor.HEADER_LENGTH, nextOffset);
    }

    private boolean offer(final DirectBuffer buffer, final int index, final int length, final long nextOffset)
    {
        offered = leader.offerBatches(this, next, buffer, index, length);
        if (offered <= 0)
        {
            return false;
        }

        final int slot = (firstRange + ranges) % RANGES_MAX;
        rangeEnds[slot] = nextOffset;
        rangeLengths[slot] = length;
        ranges++;
        inFlight += length;
        next = nextOffset;
        toldHighWatermark = leader.highWatermark();
        toldLogStart = leader.logStart();
        toldNs = leader.nowNs();
        if (1 == ranges)
        {
            heardNs = toldNs;
        }

        return true;
    }

    /** Whether the follower is to hear of high watermark or log start without data, or is to be asked for an ack. */
    boolean isProgressDue()
    {
        if (isEnded || !isMatched)
        {
            return false;
        }

        final long sinceNs = leader.nowNs() - toldNs;
        return isTellDue && sinceNs >= leader.ackNowNs() ||
            isNews() && sinceNs >= leader.progressNs() && (0 == ranges || sinceNs >= leader.ackNowNs()) ||
            isAckOverdue() && sinceNs >= leader.ackNowNs();
    }

    private boolean isNews()
    {
        return toldHighWatermark != leader.highWatermark() || toldLogStart != leader.logStart();
    }

    private boolean isAckOverdue()
    {
        return isAckMissing() && leader.nowNs() - heardNs >= leader.ackNowNs();
    }

    /** Whether it has not said yet that it has all that was sent, and on its disk where that counts. */
    private boolean isAckMissing()
    {
        return ackedEnd < next || acked < ackedEnd && !isLost;
    }

    void addProgress(final ReplicationPublisher publisher)
    {
        leader.addProgress(publisher, this, isAckOverdue());
    }

    void onProgressSent()
    {
        toldHighWatermark = leader.highWatermark();
        toldLogStart = leader.logStart();
        toldNs = leader.nowNs();
    }

    /** Whether it has to be looked after still. */
    boolean isNewsLeft()
    {
        return !isEnded && isMatched &&
            (isTellDue && isStopped || next < leader.logEnd() || isAckMissing() || isNews());
    }

    /**
     * Look whether a batch of the own log is whole, of which the follower said that it is not.
     *
     * @param offset of the batch.
     * @return whether it is, or cannot be looked at now.
     */
    boolean isBatchWhole(final long offset)
    {
        open();
        if (0 != reader.seek(offset))
        {
            return true;
        }

        final boolean[] isWhole = { true };
        final Crc32c crc = new Crc32c();
        final int result = reader.pollBatches(
            (buffer, index, length, baseOffset, nextOffset) ->
            {
                final int batchLength = BatchValidator.plausibleLength(buffer, index, length);
                isWhole[0] = batchLength > 0 && BatchValidator.isHeaderValid(buffer, index, crc) &&
                    0 == BatchValidator.validateBody(buffer, index, batchLength, crc);
                return false;
            },
            RecordBatchDescriptor.HEADER_LENGTH);

        return isWhole[0] && ResultCode.PARTITION_FENCED.code() != result;
    }
}
