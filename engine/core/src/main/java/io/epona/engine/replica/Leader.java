package io.epona.engine.replica;

import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.replication.Nack;
import io.epona.codecs.replication.SyncCode;
import io.epona.engine.cluster.PartitionState;
import io.epona.engine.cluster.PartitionState.Member;
import io.epona.engine.log.LogReader;
import org.agrona.DirectBuffer;

import java.util.List;

/**
 * A replica that leads, in one leader epoch: takes appends, judges and feeds its followers, moves the high watermark,
 * proposes who is in sync. It ends with its epoch, and with it everything that followers acknowledged. Owned by the
 * shard's thread.
 */
final class Leader
{
    private final Replica replica;
    private final ShardState shard;
    private final int epoch;
    private final long sinceNs;
    private final ParkedAppends parked;
    private final Followers followers;
    private final IsrChanges changes;
    private boolean isLoading = true;
    private boolean isSilenced;
    private boolean isEnded;
    /** Log end when it became leader of its epoch. */
    private long epochStart = -1;

    Leader(final Replica replica, final ShardState shard, final Leader before)
    {
        this.replica = replica;
        this.shard = shard;
        this.epoch = replica.leaderEpoch();
        this.sinceNs = shard.nowNs();
        this.parked = new ParkedAppends(
            shard.ctx.appendListener(), replica.topicId(), replica.partition(), epoch, shard.ctx.parkedMax());
        this.followers = new Followers(this, replica, shard);
        this.changes = new IsrChanges(this, followers, replica, shard);
        followers.adopt();
        if (null != before)
        {
            followers.inherit(before.followers);
        }
    }

    // What the progress of a follower asks.

    long nowNs()
    {
        return shard.nowNs();
    }

    long logEnd()
    {
        return replica.logEnd();
    }

    long logStart()
    {
        return replica.logStart();
    }

    long highWatermark()
    {
        return replica.highWatermark();
    }

    long windowLength()
    {
        return shard.ctx.windowLength();
    }

    int quantumLength()
    {
        return shard.ctx.quantumLength();
    }

    long progressNs()
    {
        return shard.ctx.progressNs();
    }

    long ackNowNs()
    {
        return shard.ctx.ackNowNs();
    }

    LogReader newReader()
    {
        return replica.log().replicated().newReader();
    }

    long offerBatches(
        final FollowerProgress progress, final long next, final DirectBuffer buffer, final int index, final int length)
    {
        return shard.publisher.sendBatches(
            progress.brokerId(), replica.topicId(), replica.partition(), epoch, progress.syncId(), next,
            replica.highWatermark(), replica.logStart(), replica.log().replicated().epochAt(next - 1),
            buffer, index, length);
    }

    void addProgress(final ReplicationPublisher publisher, final FollowerProgress progress, final boolean isAckWanted)
    {
        publisher.addProgress(
            replica.topicId(), replica.partition(), epoch, progress.syncId(), replica.highWatermark(),
            replica.logEnd(), replica.logStart(), isAckWanted);
    }

    // What the replica asks and tells.

    boolean isLoading()
    {
        return isLoading;
    }

    boolean isSilenced()
    {
        return isSilenced;
    }

    long epochStart()
    {
        return epochStart;
    }

    int parkedCount()
    {
        return parked.count();
    }

    /** Time from which on silence and lag count. */
    long sinceNs()
    {
        return sinceNs;
    }

    boolean isEnded()
    {
        return isEnded;
    }

    /** Replicas that count for the high watermark. */
    List<Member> effectiveIsr()
    {
        return changes.effectiveIsr();
    }

    private PartitionState state()
    {
        return replica.state();
    }

    /** A newer state of this epoch: what was proposed is decided by it, one way or the other. */
    void onState()
    {
        changes.onState();
        followers.adopt();
        shard.mark(Mark.LEADER_ADOPTED_STATE);
    }

    /** What was proposed can never apply: a check refused it. */
    void onRefused(final int expectedVersion)
    {
        changes.onRefused(expectedVersion);
    }

    /**
     * The leadership ends: nothing that waits is decided by it any more.
     *
     * @param code to answer with.
     */
    void end(final int code)
    {
        if (isEnded)
        {
            return;
        }

        isEnded = true;
        if (!shard.is(ProtocolMutation.M15) && parked.fail(code) > 0)
        {
            shard.mark(Mark.PRODUCE_FAILED_ON_STEP_DOWN);
        }
        followers.end();
    }

    /** Wrong, and planted: the high watermark of a later role decides what waited for this one. */
    void completeAfterEnd(final long highWatermark)
    {
        parked.complete(highWatermark);
    }

    /** See {@link ReplicaShard#append}. */
    long append(
        final DirectBuffer batch,
        final int index,
        final int length,
        final byte acks,
        final long correlationId,
        final long deadlineNs,
        final long nowNs)
    {
        if (isLoading)
        {
            shard.mark(Mark.PRODUCE_LOADING);
            return ResultCode.LOADING.code();
        }
        if (isSilenced)
        {
            shard.mark(Mark.PRODUCE_NOT_LEADER);
            return ResultCode.NOT_LEADER.code();
        }
        if (ReplicaShard.ACKS_ALL == acks && state().isr().size() < minIsr() &&
            shard.decides(Mark.PRODUCE_NOT_ENOUGH_REPLICAS))
        {
            return ResultCode.NOT_ENOUGH_REPLICAS.code();
        }
        if (ReplicaShard.ACKS_ALL == acks && parked.isFull())
        {
            return ResultCode.LIMIT_REACHED.code();
        }

        final long endBefore = replica.logEnd();
        final long baseOffset = replica.log().appender().appendBatch(batch, index, length, nowNs);
        if (baseOffset < 0)
        {
            onAppendRefused(baseOffset);
            return baseOffset;
        }

        final boolean isDuplicate = baseOffset < endBefore;
        if (!isDuplicate)
        {
            followers.onAppend(endBefore);
        }
        if (ReplicaShard.ACKS_ALL == acks)
        {
            final long needed = baseOffset + RecordBatchDescriptor.lastOffsetDelta(batch, index) + 1;
            final boolean isCommitted = needed <= replica.highWatermark();
            shard.mark(
                !isDuplicate ? Mark.PRODUCE_PARKED :
                isCommitted ? Mark.PRODUCE_DUPLICATE_COMMITTED : Mark.PRODUCE_DUPLICATE_PARKED);
            parked.park(
                isDuplicate && shard.is(ProtocolMutation.M14) ? 0 : needed, baseOffset, correlationId, deadlineNs);
        }
        shard.activate(replica);

        return baseOffset;
    }

    private void onAppendRefused(final long code)
    {
        if (ResultCode.OUT_OF_ORDER_SEQUENCE.code() == code)
        {
            shard.mark(Mark.PRODUCE_OUT_OF_ORDER);
        }
        else if (ResultCode.UNKNOWN_PRODUCER.code() == code)
        {
            shard.mark(Mark.PRODUCE_UNKNOWN_PRODUCER);
        }
    }

    /** Log end of a follower as it told it last, -1 where it has not. */
    long followerEnd(final int brokerId)
    {
        final FollowerProgress progress = followers.of(brokerId);
        return null != progress && progress.isMatched() ? progress.ackedEnd() : -1;
    }

    int minIsr()
    {
        return shard.is(ProtocolMutation.M23) ? 1 : Math.min(state().minIsr(), state().replicas().size());
    }

    /** One cycle. May end this leadership. */
    int doWork()
    {
        if (isLoading)
        {
            tryBegin();
            if (isLoading)
            {
                return 0;
            }
        }
        if (ResultCode.PARTITION_FENCED.code() == replica.log().replicated().refusal())
        {
            replica.fault("the storage of the log failed");
            return 1;
        }

        tryAdvance();
        final int expired = parked.expire(shard.nowNs());
        if (expired > 0)
        {
            shard.mark(Mark.PRODUCE_TIMED_OUT);
        }
        updateSilenced();
        changes.doWork();

        return expired;
    }

    /** Lead from where the log ends, unless it is being cut still. */
    void tryBegin()
    {
        if (replica.isLogBusy())
        {
            return;
        }

        isLoading = false;
        epochStart = replica.logEnd();
        replica.log().leaderEpoch(epoch);
        followers.onAppend(0);
    }

    private long ownEnd()
    {
        return isCountedWhenFlushed() ?
            Math.min(replica.logEnd(), replica.log().flushedEnd()) : replica.logEnd();
    }

    private boolean isCountedWhenFlushed()
    {
        return state().groupFsync() && !shard.is(ProtocolMutation.M28);
    }

    private long counted(final long logEnd, final long flushedEnd)
    {
        return isCountedWhenFlushed() ? Math.min(logEnd, flushedEnd) : logEnd;
    }

    private void tryAdvance()
    {
        final long known = replica.highWatermark();
        if (known >= replica.logEnd())
        {
            parked.complete(known);
            return;
        }
        if (state().isr().size() < minIsr() && !shard.is(ProtocolMutation.M11) &&
            shard.decides(Mark.HW_BELOW_MIN_ISR))
        {
            return;
        }

        long committed = ownEnd();
        final List<Member> isr = state().isr();
        for (int i = 0; i < isr.size(); i++)
        {
            final boolean isCounted =
                !(shard.is(ProtocolMutation.M8) && isr.get(i).equals(changes.shrinking()));
            committed = isCounted ? Math.min(committed, ackedBy(isr.get(i))) : committed;
        }
        if (null != changes.awaited() && !shard.is(ProtocolMutation.M8))
        {
            final long acked = ackedBy(changes.awaited());
            committed = acked < committed && shard.decides(Mark.HW_PENDING_MEMBER_COUNTED) ? acked : committed;
        }

        if (FollowerProgress.NOTHING == committed)
        {
            shard.mark(Mark.HW_MEMBER_NOT_HEARD);
        }
        else if (committed > known)
        {
            shard.mark(state().groupFsync() ? Mark.HW_ADVANCED_BY_FLUSH : Mark.HW_ADVANCED);
            replica.raiseHighWatermark(committed);
            followers.tellAll();
        }
        parked.complete(replica.highWatermark());
    }

    private long ackedBy(final Member member)
    {
        if (member.brokerId() == shard.brokerId())
        {
            return Long.MAX_VALUE;
        }

        final FollowerProgress progress = followers.of(member.brokerId());
        final long acked = null == progress ? FollowerProgress.NOTHING :
            shard.is(ProtocolMutation.M4) ? progress.acked() : progress.acked(member.brokerEpoch());
        return FollowerProgress.NOTHING == acked && shard.isDeleted(Mark.HW_MEMBER_NOT_HEARD) ? Long.MAX_VALUE : acked;
    }

    /** Cut off from everybody who could know better, it does not serve. */
    private void updateSilenced()
    {
        boolean isAlone = !shard.isConnected() && state().isr().size() + state().elr().size() > 1;
        for (int i = 0; isAlone && i < followers.count(); i++)
        {
            final FollowerProgress progress = followers.get(i);
            isAlone = !progress.isMember() || progress.link().isSilent(sinceNs);
        }
        if (isAlone && !isSilenced)
        {
            shard.mark(Mark.LEADER_SILENCED);
        }
        isSilenced = isAlone && !shard.isDeleted(Mark.LEADER_SILENCED);
    }

    /** Judge a follower's log and answer. */
    void onFollowerState(
        final PeerLink link,
        final int brokerEpoch,
        final long syncId,
        final long logEnd,
        final long flushedEnd,
        final int lastEpoch)
    {
        final FollowerProgress progress = followers.of(link.brokerId());
        if (null == progress)
        {
            shard.mark(Mark.STATE_NOT_REPLICA);
            refuse(link, syncId, SyncCode.NOT_REPLICA);
            return;
        }
        if (brokerEpoch < progress.brokerEpoch() && shard.decides(Mark.STATE_STALE_BROKER))
        {
            refuse(link, syncId, SyncCode.STALE_BROKER);
            return;
        }
        if (brokerEpoch == progress.brokerEpoch() && syncId <= progress.syncId() && shard.decides(Mark.STATE_OLD_SYNC))
        {
            return;
        }
        if (isLoading)
        {
            return;
        }

        progress.beginSync(brokerEpoch, syncId);
        shard.activate(replica);
        final Member member = followers.member(link.brokerId());
        if (null != member && member.brokerEpoch() == brokerEpoch && logEnd < replica.highWatermark() &&
            shard.decides(Mark.STATE_MEMBER_LOST_DATA))
        {
            progress.lose();
        }

        shard.match.leader(replica.log().replicated(), epoch, epochStart, replica.logEnd());
        SyncCode code = shard.match.judge(replica.logStart(), logEnd, lastEpoch);
        if (null == code && shard.isDeleted(Mark.STATE_AHEAD_IN_OWN_EPOCH))
        {
            code = SyncCode.OK;
        }
        if (null == code)
        {
            shard.mark(Mark.STATE_AHEAD_IN_OWN_EPOCH);
            replica.fault("a follower has more of epoch " + epoch + " than its leader");
            return;
        }
        if (SyncCode.DIVERGED == code && shard.is(ProtocolMutation.M2) && progress.wasDiverged() &&
            logEnd <= replica.logEnd())
        {
            code = SyncCode.OK;
        }
        progress.wasDiverged(SyncCode.DIVERGED == code);
        if (SyncCode.OK == code)
        {
            progress.match(logEnd, counted(logEnd, flushedEnd));
            link.tell(progress);
        }
        shard.mark(
            SyncCode.OK == code ? Mark.STATE_OK :
            SyncCode.DIVERGED == code ? Mark.STATE_DIVERGED : Mark.STATE_BELOW_START);
        reply(link, syncId, code);
        tryAdvance();
    }

    private void reply(final PeerLink link, final long syncId, final SyncCode code)
    {
        shard.publisher.beginSyncReply();
        shard.publisher.addSyncReply(
            replica.topicId(), replica.partition(), epoch, syncId, code, shard.match.divEpoch(), shard.match.divEnd(),
            replica.logStart(), replica.logEnd(), epochStart, replica.highWatermark(), epoch);
        shard.publisher.sendSyncReply(link.brokerId());
    }

    private void refuse(final PeerLink link, final long syncId, final SyncCode code)
    {
        shard.refuse(link, replica.topicId(), replica.partition(), epoch, syncId, epoch, code);
    }

    /** A follower acknowledged in this epoch. */
    void onAck(
        final PeerLink link,
        final int brokerEpoch,
        final long syncId,
        final long logEnd,
        final long flushedEnd,
        final Nack nack)
    {
        final FollowerProgress progress = followers.of(link.brokerId());
        if (null == progress || brokerEpoch != progress.brokerEpoch() && shard.decides(Mark.ACK_STALE_BROKER))
        {
            return;
        }
        final boolean isLax = shard.isUnfenced() || shard.is(ProtocolMutation.M5);
        if ((syncId != progress.syncId() || !progress.isMatched()) && !isLax && shard.decides(Mark.ACK_STALE_SYNC))
        {
            return;
        }
        if (logEnd > replica.logEnd() && !isLax)
        {
            replica.fault("a follower acknowledged " + logEnd + ", the log ends at " + replica.logEnd());
            return;
        }

        shard.activate(replica);
        final long counted = counted(logEnd, flushedEnd);
        if (counted > progress.acked())
        {
            shard.mark(Mark.ACK_ADVANCED);
        }
        progress.onAck(logEnd, counted);
        link.tell(progress);
        onNack(progress, logEnd, nack);
        if (!isEnded)
        {
            tryAdvance();
        }
    }

    private void onNack(final FollowerProgress progress, final long logEnd, final Nack nack)
    {
        switch (nack)
        {
            case GAP ->
            {
                if (shard.decides(Mark.NACK_GAP))
                {
                    progress.stop(false);
                }
            }
            case STORAGE -> progress.stop(shard.decides(Mark.NACK_STORAGE));
            case CORRUPT ->
            {
                progress.stop(false);
                if (progress.isBatchWhole(logEnd))
                {
                    shard.mark(Mark.NACK_CORRUPT_GOOD);
                }
                else if (shard.decides(Mark.NACK_CORRUPT_BAD))
                {
                    replica.fault("the batch at " + logEnd + " is damaged");
                }
            }
            default ->
            {
                // A plain acknowledgement; FENCED ended the leadership before it came here.
            }
        }
    }

    /** Whether there is anything that time alone may change. */
    boolean isWorkLeft()
    {
        if (isLoading || parked.count() > 0 || replica.highWatermark() < replica.logEnd() ||
            isSilenced || !shard.isConnected() || state().recovering())
        {
            return true;
        }
        for (int i = 0; i < followers.count(); i++)
        {
            final FollowerProgress progress = followers.get(i);
            final Member member = followers.member(progress.brokerId());
            if (null == member || member.brokerEpoch() != progress.brokerEpoch() ||
                progress.acked() < replica.logEnd() || progress.link().isSilent(sinceNs))
            {
                return true;
            }
        }

        return false;
    }
}
