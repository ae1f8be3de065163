package io.epona.client.session;

import io.epona.client.session.ProduceBatch.State;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Crc32c;
import org.agrona.MutableDirectBuffer;

/**
 * One partition of a {@link ProducerMachine}: its batches from the oldest unsettled one on, in a ring, and the chain of
 * their sequences. Owned by the machine's thread, changed by the machine only.
 * <p>
 * The chain is what makes a record appear once and in order: a leader takes a batch only behind the one before it. It
 * breaks where a batch is given up that may or must be missing in the log, and where the leader has lost what it had
 * acknowledged. Then the producer takes a new epoch. The partition goes over to it, with sequences from 0, when each of
 * its batches is either settled or known not to be in the log; only the latter are sent in the new epoch. Where a
 * sending went without an answer, a batch counts as in doubt for ever: it may still be on its way.
 */
public final class ProducerPartition
{
    final String topic;
    final int partition;
    final ClientTopic<ProducerPartition> clientTopic;
    long topicId = -1;
    int leader = -1;
    int leaderEpoch = -1;
    boolean isActive;
    /** To the leader, as found when the brokers had that version; none where the leader changed since. */
    ProduceLane lane;
    int laneVersion = -1;
    /** What the leader said instead of an acknowledgement, if it said that last. */
    ResultCode refusal;

    private final ProducerContext context;
    private final ProducerIdentity identity;
    private final SequenceChain chain;
    private final Crc32c crc;
    private final BatchRing ring;
    private final Backoff backoff;
    /** No batch before this index waits for being sent. */
    private long unsent;

    ProducerPartition(
        final ClientTopic<ProducerPartition> clientTopic,
        final String topic,
        final int partition,
        final ProducerContext context,
        final ProducerIdentity identity,
        final BatchBuffers buffers,
        final Crc32c crc)
    {
        this.clientTopic = clientTopic;
        this.topic = topic;
        this.partition = partition;
        this.context = context;
        this.identity = identity;
        this.chain = new SequenceChain(context.isIdempotent, identity);
        this.crc = crc;
        ring = new BatchRing(context.maxInFlight + 1, buffers, context.maxBatchLength, crc);
        backoff = new Backoff(context.retryBackoffNs, context.retryBackoffMaxNs);
    }

    /**
     * @return name of the topic.
     */
    public String topic()
    {
        return topic;
    }

    /**
     * @return index of the partition.
     */
    public int partition()
    {
        return partition;
    }

    /**
     * @return id of the topic to which records go now, -1 while it is not known.
     */
    public long topicId()
    {
        return topicId;
    }

    /**
     * @return broker id of the leader, -1 while it is not known.
     */
    public int leader()
    {
        return leader;
    }

    /**
     * @return number of the next record.
     */
    public long nextNumber()
    {
        return ring.nextNumber();
    }

    /**
     * @return records that were accepted and are not settled.
     */
    public long unsettledRecords()
    {
        return ring.unsettledRecords();
    }

    boolean isIdle()
    {
        return ring.head() == ring.tail();
    }

    ProduceBatch batch(final long index)
    {
        return ring.batch(index);
    }

    /** @return index in the open batch's buffer, BACK_PRESSURED or RECORD_TOO_LARGE. */
    int claim(final long nowNs, final long timestampNs, final int keyLength, final int valueLength)
    {
        final int index = ring.claim(timestampNs, keyLength, valueLength);
        if (index >= 0)
        {
            return index;
        }
        if (ring.isTooLarge(keyLength, valueLength))
        {
            return ResultCode.RECORD_TOO_LARGE.code();
        }
        close();
        return ring.claimInNew(nowNs, timestampNs, keyLength, valueLength);
    }

    MutableDirectBuffer claimedBuffer()
    {
        return ring.open().buffer;
    }

    long commitClaim()
    {
        return ring.commit();
    }

    void abortClaim()
    {
        ring.abort();
    }

    /** @return whether an open batch should be closed for there is nothing to wait for: it would be sent at once. */
    boolean mayClose(final long nowNs, final int laneUnacked)
    {
        final ProduceBatch open = ring.open();
        return null != open && !hasUnsent() && open.index - ring.head() < context.maxInFlight && chain.isWhole() &&
            (laneUnacked < context.maxBatchesUnacked || nowNs - open.acceptedNs >= context.lingerNs);
    }

    /** @return whether all there is to do is to fill the open batch until an ack or the time closes it. */
    boolean isGathering()
    {
        return null != lane && context.lingerNs > 0 && lane.inFlight.unacked() >= context.maxBatchesUnacked &&
            !hasUnsent();
    }

    void close()
    {
        final ProduceBatch open = ring.open();
        if (null != open)
        {
            if (context.isIdempotent && chain.isWhole())
            {
                ring.stampOpen(identity.producerId(), identity.epoch(), chain.take(open.count));
            }
            unsent = Math.min(unsent, ring.close().index);
        }
    }

    boolean isBackingOff(final long nowNs)
    {
        return backoff.isActive(nowNs);
    }

    void backOff(final long nowNs)
    {
        backoff.begin(nowNs);
    }

    /** @return whether closed batches wait for being sent. */
    boolean hasUnsent()
    {
        final ProduceBatch open = ring.open();
        return Math.max(ring.head(), unsent) < (null == open ? ring.tail() : open.index);
    }

    /** Send what is ready, in order, as far as the lane takes it. */
    int send(final ProduceLane lane)
    {
        int count = 0;
        long index = Math.max(ring.head(), unsent);
        for (; index < ring.tail(); index++)
        {
            final ProduceBatch batch = batch(index);
            if (State.READY == batch.state)
            {
                if (index - ring.head() >= context.maxInFlight || !batch.isAttempted && !chain.isWhole() ||
                    !offer(batch, lane))
                {
                    break;
                }
                count++;
            }
            else if (State.OPEN == batch.state)
            {
                break;
            }
        }
        unsent = index;
        return count;
    }

    /** The answer to a sending will not come, or does not say whether the batch was written. */
    void onUnanswered(final ProduceBatch batch)
    {
        batch.cancel();
        batch.isInDoubt = true;
        makeReady(batch);
    }

    /** The leader did not take a batch, now. */
    void onRefused(final ProduceBatch batch, final int code, final long nowNs)
    {
        batch.refusal = code;
        batch.cancel();
        makeReady(batch);
        backoff.begin(nowNs);
    }

    void onAcked(
        final ProduceBatch batch,
        final int ackEpoch,
        final long baseOffset,
        final int inMemory,
        final int onDisk,
        final long nowNs)
    {
        refusal = null;
        backoff.end();
        if (ackEpoch > leaderEpoch)
        {
            leader = batch.lane.brokerId;
            leaderEpoch = ackEpoch;
            laneVersion = -1;
        }
        chain.onAcked(batch, ackEpoch, nowNs);
        batch.settle(0, true, baseOffset, ackEpoch, inMemory, onDisk);
        finish(batch);
    }

    /**
     * The leader did not take a batch because it does not follow what it has.
     *
     * @param lastSequence of this producer in the leader's log, -1 for none.
     * @param isForgotten  whether the leader knows nothing of this producer, be it that time has passed.
     */
    void onSequenceRefused(
        final ProduceBatch batch,
        final int code,
        final int ackEpoch,
        final int lastSequence,
        final boolean isForgotten,
        final long nowNs)
    {
        batch.cancel();
        // what was never sent in this epoch is the last sequence of another one
        final int last = chain.wasSent(lastSequence) ? lastSequence : -1;
        if (chain.isAckedBehind(last))
        {
            if (chain.isAckedAfter(ackEpoch))
            {
                // one that led before the one that acknowledged, or may have: it says nothing about what is lost
                makeReady(batch);
                backoff.begin(nowNs);
                clientTopic.want();
                return;
            }
            final boolean isExpired = isForgotten && chain.mayBeForgotten(nowNs);
            final long firstLost = isExpired ? -1 : chain.lose(last);
            refuseForGood(batch, code);
            if (firstLost >= 0)
            {
                context.listener.onDataLoss(this, ackEpoch, firstLost);
            }
        }
        else if (isForgotten && 0 == batch.sequence)
        {
            // the leader knows this producer in a later epoch
            refuseForGood(batch, code);
            backoff.begin(nowNs);
        }
        else if (!rewind(batch, last < 0 ? 0 : Sequences.plus(last, 1), nowNs))
        {
            refuseForGood(batch, code);
        }
    }

    /**
     * Another leader, or the same one again in a later epoch: what is un-acked goes to it.
     *
     * @return false where what is known is as new.
     */
    boolean onLeader(final int newLeader, final int newEpoch)
    {
        if (newEpoch <= leaderEpoch)
        {
            return false;
        }
        leader = newLeader;
        leaderEpoch = newEpoch;
        laneVersion = -1;
        refusal = null;
        backoff.end();
        for (long i = ring.head(); i < ring.tail(); i++)
        {
            if (State.SENT == batch(i).state)
            {
                onUnanswered(batch(i));
            }
        }
        return true;
    }

    /** Records go to another topic of the same name from now on, but for those that may be in the one of before. */
    void onReplaced(final long newTopicId, final int newLeader, final int newEpoch)
    {
        for (long i = ring.head(); i < ring.tail(); i++)
        {
            final ProduceBatch batch = batch(i);
            if (State.SENT == batch.state || State.DONE != batch.state && batch.isInDoubt)
            {
                fail(batch, ResultCode.UNKNOWN_TOPIC.code(), false);
            }
            else if (State.READY == batch.state || State.REFUSED == batch.state)
            {
                batch.state = State.READY;
                batch.isAttempted = false;
            }
        }
        topicId = newTopicId;
        leader = newLeader;
        leaderEpoch = newEpoch;
        laneVersion = -1;
        refusal = null;
        chain.abandon();
        unsent = ring.head();
        backoff.end();
    }

    /** Give up what is overdue, with the last reason that is known. */
    int expire(final long nowNs)
    {
        int count = 0;
        for (long i = ring.head(); i < ring.tail() && nowNs - batch(i).acceptedNs >= context.deliveryTimeoutNs; i++)
        {
            if (State.DONE != batch(i).state)
            {
                giveUp(batch(i), 0 == batch(i).refusal ? ResultCode.TIMED_OUT.code() : batch(i).refusal);
                count++;
            }
        }
        return count;
    }

    /** Settle a batch that will not be sent again. */
    void giveUp(final ProduceBatch batch, final int code)
    {
        final State state = batch.state;
        final boolean isKnown = batch.isKnownNotWritten();
        fail(batch, code, isKnown);
        if (!context.isIdempotent || State.REFUSED == state || State.OPEN == state)
        {
            return;
        }
        if (!batch.isAttempted)
        {
            stampUnsent();
        }
        else if (isKnown && chain.isLastSent(batch))
        {
            // nothing was sent behind it: the next one takes its place
            chain.takeBack(batch);
            stampUnsent();
        }
        else
        {
            breakChain();
        }
    }

    /** The leader will never take this batch. */
    void giveUpRefused(final ProduceBatch batch, final int code)
    {
        batch.cancel();
        batch.state = State.READY;
        giveUp(batch, code);
    }

    void giveUpAll(final int code)
    {
        for (long i = ring.head(); i < ring.tail(); i++)
        {
            if (State.DONE != batch(i).state)
            {
                giveUp(batch(i), code);
            }
        }
    }

    /** Settle everything; nothing is sent after this. */
    void closeAll()
    {
        for (long i = ring.head(); i < ring.tail(); i++)
        {
            final ProduceBatch batch = batch(i);
            if (State.DONE != batch.state)
            {
                fail(batch, ResultCode.CLOSED.code(), batch.isKnownNotWritten());
            }
        }
    }

    /** Go over to the newest generation once nothing of the former is in flight. */
    void followIdentity()
    {
        if (chain.isWhole() || !identity.isKnown())
        {
            return;
        }
        for (long i = ring.head(); i < ring.tail(); i++)
        {
            if (batch(i).isUnresolved())
            {
                return;
            }
        }
        chain.begin();
        for (long i = ring.head(); i < ring.tail(); i++)
        {
            if (State.REFUSED == batch(i).state)
            {
                batch(i).state = State.READY;
                batch(i).isAttempted = false;
            }
        }
        unsent = ring.head();
        stampUnsent();
    }

    private boolean offer(final ProduceBatch batch, final ProduceLane lane)
    {
        if (!lane.hasRoom())
        {
            return false;
        }
        final int unacked = lane.inFlight.unacked() + 1;
        final int flags = unacked == context.maxBatchesUnacked || unacked == context.maxBatchesUnacked >> 1 ||
            batch.index - ring.head() + 1 >= context.maxInFlight ? ProduceLanes.ACK_NOW : 0;
        final int requestId = lane.inFlight.nextId();
        if (!context.lanes.produce(
            lane.brokerId, lane.shard, requestId, topicId, partition, context.acks, flags,
            batch.buffer, 0, batch.length))
        {
            return false;
        }
        if (!batch.isAttempted)
        {
            batch.isAttempted = true;
            chain.onSent(batch);
        }
        if (0 == context.acks)
        {
            lane.inFlight.skip();
            finish(batch);
        }
        else
        {
            lane.inFlight.add(this, batch.index, batch.count);
            batch.lane = lane;
            batch.requestId = requestId;
            batch.state = State.SENT;
        }
        return true;
    }

    private void makeReady(final ProduceBatch batch)
    {
        // in a broken chain only what may be in the log is worth asking for
        batch.state = chain.isBroken() && !batch.isInDoubt ? State.REFUSED : State.READY;
        unsent = Math.min(unsent, batch.index);
    }

    /**
     * Send again from the batch on that the leader waits for.
     *
     * @return false where there is no such batch any more.
     */
    private boolean rewind(final ProduceBatch refused, final int expected, final long nowNs)
    {
        long first = ring.head();
        while (first < refused.index && !(batch(first).isUnresolved() && expected == batch(first).sequence))
        {
            first++;
        }
        if (expected != batch(first).sequence)
        {
            return false;
        }
        if (first == refused.index)
        {
            // refused, and waited for: what was said belongs to another moment. From the beginning, then.
            first = ring.head();
            backoff.begin(nowNs);
        }
        for (long i = first; i < refused.index; i++)
        {
            if (State.SENT == batch(i).state && batch(i).requestId - refused.requestId < 0)
            {
                // sent before the refused one, but not answered before it, as answers are: it did not arrive
                onUnanswered(batch(i));
            }
        }
        makeReady(refused);
        return true;
    }

    /** A batch can not be written under its sequence any more. */
    private void refuseForGood(final ProduceBatch batch, final int code)
    {
        if (batch.isInDoubt)
        {
            fail(batch, code, false);
        }
        else
        {
            batch.state = State.REFUSED;
        }
        breakChain();
    }

    private void breakChain()
    {
        if (chain.tear())
        {
            for (long i = ring.head(); i < ring.tail(); i++)
            {
                final ProduceBatch batch = batch(i);
                if (batch.isAttempted && State.READY == batch.state)
                {
                    makeReady(batch);
                }
            }
        }
    }

    /** Give the batches that were never sent the sequences that follow the ones that were. */
    private void stampUnsent()
    {
        if (!context.isIdempotent || !chain.isWhole())
        {
            return;
        }
        chain.rewind();
        for (long i = ring.head(); i < ring.tail(); i++)
        {
            final ProduceBatch batch = batch(i);
            if (State.READY == batch.state && !batch.isAttempted)
            {
                batch.stamp(identity.producerId(), identity.epoch(), chain.take(batch.count), crc);
            }
        }
    }

    private void fail(final ProduceBatch batch, final int code, final boolean isOutcomeKnown)
    {
        batch.settle(code, isOutcomeKnown, -1, -1, 0, 0);
        finish(batch);
    }

    /** Tell what became of batches in the order of sending: who was answered early waits for those before it. */
    private void finish(final ProduceBatch finished)
    {
        finished.cancel();
        ring.finish(finished);
        for (ProduceBatch batch = ring.takeFinished(); null != batch; batch = ring.takeFinished())
        {
            batch.tell(context.listener, this);
        }
    }
}
