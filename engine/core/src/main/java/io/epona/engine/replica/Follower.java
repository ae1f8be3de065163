package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.codecs.replication.Nack;
import io.epona.codecs.replication.SyncCode;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.log.ReplicatedLog;
import org.agrona.DirectBuffer;

/**
 * A replica that copies the log of a leader, in one leader epoch: first it makes its log match, then it appends what
 * comes and acknowledges. It ends with its epoch. Owned by the shard's thread.
 */
final class Follower
{
    private static final long NEVER = Long.MAX_VALUE;

    private final Replica replica;
    private final ShardState shard;
    private final ReplicatedLog log;
    private final PeerLink link;
    private final int leaderBrokerEpoch;
    private final int epoch;
    private boolean isSyncing = true;
    private boolean isEnded;
    private long syncId;
    /** The last one that was sent. */
    private long askedSyncId = -1;
    private long syncAtNs;
    private long backoffNs;
    private boolean isAckDue;
    private Nack nack = Nack.NONE;
    /** The sync that the nack belongs to. */
    private long nackSyncId;
    private long nackOffset;
    /** Whether there is to be an acknowledgement after the nack. */
    private boolean isAckDueToo;
    private long ackedFlushedEnd = -1;
    /** What the leader was told with the FollowerState of this sync. */
    private long askedFlushedEnd = -1;
    /** What the leader said last, also of what is not here yet: it may have overtaken the batches. */
    private long heardHighWatermark;
    private long heardLogStart;
    private boolean isListed;
    /** Wrong, and planted: the high watermark of a DIVERGED reply, -1 for none. */
    private long plantedHighWatermark = -1;

    Follower(final Replica replica, final ShardState shard, final int leaderId, final int leaderBrokerEpoch)
    {
        this.replica = replica;
        this.shard = shard;
        this.log = replica.log().replicated();
        this.link = shard.link(leaderId);
        this.leaderBrokerEpoch = leaderBrokerEpoch;
        this.epoch = replica.leaderEpoch();
        link.relate();
        sync();
    }

    /** Go on as if nothing had happened: wrong, and planted. */
    void goOnWith(final Follower before)
    {
        syncId = before.syncId;
        isSyncing = before.isSyncing;
    }

    int leaderId()
    {
        return link.brokerId();
    }

    boolean isSyncing()
    {
        return isSyncing;
    }

    void end()
    {
        if (!isEnded)
        {
            isEnded = true;
            link.unrelate();
        }
    }

    /** Begin to sync anew, at once. */
    void sync()
    {
        backoffNs = shard.ctx.syncMinNs();
        sync(0);
    }

    /** Begin to sync anew after a time, in which what comes is dropped. */
    private void sync(final long delayNs)
    {
        isSyncing = true;
        syncId = shard.nextSyncId();
        syncAtNs = shard.nowNs() + delayNs;
        isAckDue &= Nack.NONE != nack;
        link.tell(this);
        shard.activate(replica);
    }

    private void syncLater()
    {
        sync(backoffNs);
        backoffNs = Math.min(2 * backoffNs, shard.ctx.syncMaxNs());
    }

    private boolean isBusy()
    {
        return replica.isLogBusy();
    }

    /** The log was cut, or begins anew. */
    void onLogReady()
    {
        if (plantedHighWatermark >= 0)
        {
            replica.raiseHighWatermark(Math.min(plantedHighWatermark, replica.logEnd()));
            plantedHighWatermark = -1;
        }
        sync(0);
    }

    int doWork()
    {
        if (isSyncing && !isBusy() && isOfUnknownPast())
        {
            shard.mark(Mark.SYNC_UNKNOWN_PAST);
            replica.cut(0, true);
            return 1;
        }
        if (ResultCode.PARTITION_FENCED.code() == log.refusal())
        {
            replica.fault("the storage of the log failed");
            return 1;
        }
        if (!isSyncing && replica.log().flushedEnd() != ackedFlushedEnd && replica.state().groupFsync())
        {
            ack();
        }

        return 0;
    }

    // What the link asks.

    boolean isListed()
    {
        return isListed;
    }

    void isListed(final boolean isNamed)
    {
        isListed = isNamed;
    }

    boolean isNewsLeft()
    {
        return !isEnded && (isSyncing || isAckDue);
    }

    boolean isAckDue()
    {
        return !isEnded && isAckDue;
    }

    void addAck(final ReplicationPublisher publisher)
    {
        if (Nack.NONE != nack)
        {
            publisher.addAck(
                replica.topicId(), replica.partition(), epoch, nackSyncId, nackOffset,
                Math.min(nackOffset, replica.log().flushedEnd()), nack);
        }
        else
        {
            ackedFlushedEnd = replica.log().flushedEnd();
            publisher.addAck(
                replica.topicId(), replica.partition(), epoch, syncId, replica.logEnd(), ackedFlushedEnd, Nack.NONE);
        }
    }

    void onAckSent()
    {
        isAckDue = Nack.NONE != nack && isAckDueToo;
        isAckDueToo = false;
        nack = Nack.NONE;
    }

    boolean isSyncDue()
    {
        return !isEnded && isSyncing && shard.nowNs() - syncAtNs >= 0 && !isBusy() && shard.brokerEpoch() >= 0 &&
            !isOfUnknownPast();
    }

    /**
     * Whether this log may end where the leader's had other records before an unclean election: its batches went by
     * retention, so there is nothing to compare. Who is in sync or eligible since has matched, in whatever life.
     */
    private boolean isOfUnknownPast()
    {
        final PartitionState state = replica.state();
        return replica.lastRecordEpoch() < 0 && replica.logEnd() > 0 &&
            replica.commitment().isUnmatchedSince(state.lastUncleanEpoch()) &&
            null == Member.of(state.isr(), shard.brokerId()) && null == Member.of(state.elr(), shard.brokerId()) &&
            !shard.isDeleted(Mark.SYNC_UNKNOWN_PAST);
    }

    void addFollowerState(final ReplicationPublisher publisher)
    {
        if (askedSyncId == syncId)
        {
            // Without an answer in time it is asked again, and never with the same id.
            shard.mark(Mark.SYNC_RETRIED);
            syncId = shard.nextSyncId();
            backoffNs = Math.min(2 * backoffNs, shard.ctx.syncMaxNs());
        }
        askedFlushedEnd = replica.log().flushedEnd();
        publisher.addFollowerState(
            replica.topicId(), replica.partition(), epoch, syncId, replica.logStart(), replica.logEnd(),
            askedFlushedEnd, replica.highWatermark(), replica.lastRecordEpoch(), log,
            shard.ctx.tailCount());
    }

    void onFollowerStateSent()
    {
        askedSyncId = syncId;
        syncAtNs = shard.nowNs() + backoffNs;
    }

    // What the leader says.

    private boolean isFromLeader(final PeerLink from, final int brokerEpoch, final long messageSyncId, final Mark stale)
    {
        final boolean isLax = shard.isUnfenced();
        if (!isLax && (from != link || brokerEpoch != leaderBrokerEpoch && shard.decides(Mark.FOREIGN_BROKER_EPOCH)))
        {
            return false;
        }
        if (!isLax && messageSyncId != syncId && shard.decides(stale))
        {
            return false;
        }
        if (isBusy() && shard.decides(Mark.APPEND_WHILE_BUSY))
        {
            return false;
        }

        return true;
    }

    void onSyncReply(
        final PeerLink from,
        final int brokerEpoch,
        final long replySyncId,
        final SyncCode code,
        final int divEpoch,
        final long divEnd,
        final long leaderStart,
        final long highWatermark)
    {
        if (!isFromLeader(from, brokerEpoch, replySyncId, Mark.SYNC_STALE_REPLY))
        {
            return;
        }
        if (!isSyncing)
        {
            shard.mark(Mark.SYNC_STALE_REPLY);
            return;
        }

        switch (code)
        {
            case OK ->
            {
                shard.mark(Mark.SYNC_OK);
                match(leaderStart, highWatermark);
            }
            case DIVERGED -> cut(divEpoch, divEnd, leaderStart, highWatermark);
            case BELOW_START ->
            {
                shard.mark(Mark.SYNC_BELOW_START);
                beginAnew(leaderStart);
            }
            default ->
            {
                shard.mark(Mark.SYNC_REFUSED);
                shard.ctx.proposals().refresh(replica.topicId(), replica.partition());
                syncLater();
            }
        }
    }

    private void match(final long start, final long highWatermark)
    {
        isSyncing = false;
        replica.commitment().onMatched(epoch);
        syncAtNs = NEVER;
        backoffNs = shard.ctx.syncMinNs();
        // What was flushed since it asked is still to be told.
        ackedFlushedEnd = askedFlushedEnd;
        if (start > replica.logStart())
        {
            shard.mark(Mark.SYNC_RAISED_LOG_START);
        }
        learn(highWatermark, start);
    }

    /**
     * What the leader said holds for all that this log shares with its own, now and after further batches, which may
     * come later on the other stream.
     */
    private void learn(final long highWatermark, final long start)
    {
        heardHighWatermark = Math.max(heardHighWatermark, highWatermark);
        heardLogStart = Math.max(heardLogStart, start);
        replica.raiseHighWatermark(Math.min(heardHighWatermark, replica.logEnd()));
        if (heardLogStart > replica.logStart() && !shard.is(ProtocolMutation.M27))
        {
            log.raiseLogStart(Math.min(heardLogStart, replica.highWatermark()));
        }
    }

    private boolean isCutAllowed()
    {
        return replica.commitment().isBefore(replica.state().lastUncleanEpoch());
    }

    private void cut(final int divEpoch, final long divEnd, final long leaderStart, final long highWatermark)
    {
        shard.mark(Mark.SYNC_DIVERGED);
        final long floor = replica.endOffsetFor(divEpoch);
        final boolean isOwnFloor =
            floor < divEnd && !shard.is(ProtocolMutation.M2) && shard.decides(Mark.SYNC_DIVERGED_FLOOR);
        final long target = isOwnFloor ? floor : Math.min(divEnd, replica.logEnd());
        if (target < replica.highWatermark() && !isCutAllowed() && !shard.is(ProtocolMutation.M17) &&
            !shard.is(ProtocolMutation.M2))
        {
            replica.fault("it would have to be cut to " + target + ", below " + replica.highWatermark());
            return;
        }

        if (shard.is(ProtocolMutation.M17))
        {
            plantedHighWatermark = highWatermark;
        }
        if (target < replica.logStart())
        {
            dropAll(leaderStart);
        }
        else
        {
            replica.cut(target, false);
        }
    }

    private void beginAnew(final long leaderStart)
    {
        if (null != Member.of(replica.state().isr(), shard.brokerId()))
        {
            // Where it ends at the leader's start nothing is missing; else the leader has shrunk it already.
            shard.mark(Mark.SYNC_BELOW_START_IN_ISR);
        }
        if (leaderStart < replica.highWatermark() && !isCutAllowed())
        {
            replica.fault("it would have to begin anew at " + leaderStart + ", below " + replica.highWatermark());
            return;
        }

        dropAll(leaderStart);
    }

    /** Where the leader's log begins, a log without batches has the same past. */
    private void dropAll(final long leaderStart)
    {
        replica.commitment().onMatched(epoch);
        replica.cut(leaderStart, true);
    }

    void onBatches(
        final PeerLink from,
        final int brokerEpoch,
        final long messageSyncId,
        final long nextOffset,
        final long highWatermark,
        final long leaderStart,
        final int prevEpoch,
        final DirectBuffer buffer,
        final int index,
        final int length)
    {
        if (!isFromLeader(from, brokerEpoch, messageSyncId, Mark.APPEND_STALE_SYNC) ||
            isSyncing && !implicitOk(leaderStart, highWatermark))
        {
            return;
        }

        final long logEnd = replica.logEnd();
        final boolean isContinued = nextOffset == logEnd && (
            prevEpoch == replica.lastRecordEpoch() || logEnd == replica.logStart() ||
            prevEpoch < 0 && nextOffset <= leaderStart || isPreviousTrusted());
        if (!isContinued && !shard.is(ProtocolMutation.M16) &&
            shard.decides(nextOffset < logEnd ? Mark.APPEND_DUPLICATE : Mark.APPEND_GAP))
        {
            refuse(Nack.GAP);
            sync(0);
            return;
        }

        final long result = shard.is(ProtocolMutation.M16) ?
            log.append(buffer, index, length, epoch, true) :
            log.append(
                buffer, index, length, shard.isDeleted(Mark.APPEND_BATCH_EPOCH) ? Integer.MAX_VALUE : epoch);
        learn(highWatermark, leaderStart);
        if (0 == result)
        {
            shard.mark(Mark.APPENDED);
            ack();
        }
        else
        {
            onRefused(result);
        }
    }

    /** Planted with what would be found by the epoch of the record before, were it looked at. */
    private boolean isPreviousTrusted()
    {
        return shard.is(ProtocolMutation.M2) || shard.is(ProtocolMutation.M5) || shard.is(ProtocolMutation.M6);
    }

    /** Only a leader that found the logs to match sends batches or progress: it is the OK, whatever it overtook. */
    private boolean implicitOk(final long leaderStart, final long highWatermark)
    {
        if (shard.is(ProtocolMutation.M26))
        {
            return false;
        }

        shard.mark(Mark.SYNC_IMPLICIT_OK);
        match(leaderStart, highWatermark);
        return true;
    }

    private void onRefused(final long code)
    {
        if (ResultCode.CORRUPT_BATCH.code() == code)
        {
            shard.mark(Mark.APPEND_CORRUPT);
            refuse(Nack.CORRUPT);
        }
        else if (ReplicatedLog.WRONG_EPOCH == code)
        {
            shard.mark(Mark.APPEND_BATCH_EPOCH);
            refuse(Nack.CORRUPT);
        }
        else if (ReplicatedLog.WRONG_OFFSET == code)
        {
            shard.mark(Mark.APPEND_GAP);
            refuse(Nack.GAP);
        }
        else if (ResultCode.BACK_PRESSURED.code() == code)
        {
            // Memory ahead of the log end is being prepared: what comes is asked for again.
            shard.mark(Mark.APPEND_UNPREPARED);
            refuse(Nack.GAP);
            sync(shard.ctx.progressNs());
            return;
        }
        else if (ResultCode.PARTITION_FENCED.code() == code)
        {
            replica.fault("the storage of the log failed");
            return;
        }
        else
        {
            shard.mark(Mark.APPEND_STORAGE_REFUSED);
            refuse(Nack.STORAGE);
        }
        syncLater();
    }

    private void refuse(final Nack reason)
    {
        nack = reason;
        nackSyncId = syncId;
        nackOffset = replica.logEnd();
        isAckDue = true;
        link.tell(this);
    }

    void onProgress(
        final PeerLink from,
        final int brokerEpoch,
        final long messageSyncId,
        final long highWatermark,
        final long leaderStart,
        final boolean isAckWanted)
    {
        if (!isFromLeader(from, brokerEpoch, messageSyncId, Mark.PROGRESS_STALE) ||
            isSyncing && !implicitOk(leaderStart, highWatermark))
        {
            return;
        }
        if (leaderStart > replica.logEnd())
        {
            // What comes next here is gone there.
            shard.mark(Mark.APPEND_GAP);
            sync(0);
            return;
        }

        if (highWatermark > replica.highWatermark())
        {
            shard.mark(Mark.PROGRESS_HW);
        }
        learn(highWatermark, leaderStart);
        if (isAckWanted)
        {
            shard.mark(Mark.PROGRESS_ACK_NOW);
            ack();
        }
    }

    private void ack()
    {
        isAckDueToo = Nack.NONE != nack;
        isAckDue = true;
        link.tell(this);
        shard.activate(replica);
    }

    /** Whether there is anything that time, or the disk, may change. */
    boolean isWorkLeft()
    {
        final long flushedEnd = replica.log().flushedEnd();
        return isSyncing || isAckDue ||
            replica.state().groupFsync() && (flushedEnd < replica.logEnd() || flushedEnd != ackedFlushedEnd);
    }
}
