package io.epona.client.session;

import java.util.concurrent.TimeUnit;

/**
 * The sequences of one partition's records in a generation of its producer's identity: which were given to batches,
 * which were sent, which are known to be in the log. Owned by the machine's thread.
 */
final class SequenceChain
{
    /** Leaders forget a producer after this time; where half of it has passed they may have. */
    static final long EXPIRY_NS = TimeUnit.DAYS.toNanos(7);

    private final boolean isIdempotent;
    private final ProducerIdentity identity;
    /** Of the identity, -1 none yet. */
    private int generation = -1;
    /** Of the next batch to be closed, and of the next to be sent for the first time. */
    private int nextToClose;
    private int nextToSend;
    /** Last record that is acknowledged in this generation, -1 none. */
    private int ackedSequence = -1;
    private long ackedNumber;
    private int ackedEpoch = -1;
    private long ackedNs;
    /** Records that gave their sequences back in this generation. */
    private long droppedRecords;
    private boolean isBroken;
    private boolean isLossTold;

    SequenceChain(final boolean isIdempotent, final ProducerIdentity identity)
    {
        this.isIdempotent = isIdempotent;
        this.identity = identity;
    }

    /** @return whether a batch may be sent for the first time. */
    boolean isWhole()
    {
        return !isIdempotent || !isBroken && generation == identity.generation() && identity.isKnown();
    }

    boolean isBroken()
    {
        return isBroken;
    }

    /** Begin with 0 in the newest generation. */
    void begin()
    {
        generation = identity.generation();
        isBroken = false;
        isLossTold = false;
        ackedSequence = -1;
        nextToSend = 0;
        droppedRecords = 0;
    }

    /** Records go to an empty log from now on: sequences begin at 0 in whatever generation. */
    void abandon()
    {
        ackedEpoch = -1;
        generation = -1;
    }

    /**
     * Nothing can follow any more: the producer takes the next generation, where this is of its newest.
     *
     * @return false where it was so already.
     */
    boolean tear()
    {
        if (isBroken)
        {
            return false;
        }
        isBroken = true;
        if (generation == identity.generation())
        {
            identity.bump();
        }
        return true;
    }

    /** @return sequence of a batch that is closed. */
    int take(final int count)
    {
        final int sequence = nextToClose;
        nextToClose = Sequences.plus(sequence, count);
        return sequence;
    }

    /** Give the sequences behind what was sent anew. */
    void rewind()
    {
        nextToClose = nextToSend;
    }

    /** A batch was sent for the first time. */
    void onSent(final ProduceBatch batch)
    {
        nextToSend = Sequences.plus(batch.sequence, batch.count);
    }

    boolean isLastSent(final ProduceBatch batch)
    {
        return Sequences.plus(batch.sequence, batch.count) == nextToSend;
    }

    /** The batch that was sent last is not in the log and will not be. */
    void takeBack(final ProduceBatch batch)
    {
        nextToSend = batch.sequence;
        droppedRecords += batch.count;
    }

    boolean wasSent(final int sequence)
    {
        return sequence >= 0 && Sequences.isBefore(sequence, nextToSend);
    }

    void onAcked(final ProduceBatch batch, final int ackEpoch, final long nowNs)
    {
        final int last = Sequences.plus(batch.sequence, batch.count - 1);
        if (ackedSequence < 0 || Sequences.isBefore(ackedSequence, last))
        {
            ackedSequence = last;
            ackedNumber = batch.firstNumber + batch.count - 1;
        }
        ackedEpoch = Math.max(ackedEpoch, ackEpoch);
        ackedNs = nowNs;
    }

    /** @return whether something behind a sequence, -1 for none, was acknowledged. */
    boolean isAckedBehind(final int sequence)
    {
        return ackedSequence >= 0 && (sequence < 0 || Sequences.isBefore(sequence, ackedSequence));
    }

    /** @return whether a later leader than that of an epoch, or it may be, acknowledged. */
    boolean isAckedAfter(final int leaderEpoch)
    {
        return leaderEpoch < ackedEpoch;
    }

    /** @return whether the last acknowledgement is so old that leaders may have forgotten the producer. */
    boolean mayBeForgotten(final long nowNs)
    {
        return nowNs - ackedNs >= EXPIRY_NS / 2;
    }

    /**
     * What was acknowledged behind a sequence, -1 for all, is gone.
     *
     * @return number of the first record that may be lost, -1 where that was told already.
     */
    long lose(final int last)
    {
        if (isLossTold)
        {
            return -1;
        }
        isLossTold = true;
        final long lost = last < 0 ? ackedSequence + 1L : Sequences.distance(last, ackedSequence);
        return Math.max(0, ackedNumber + 1 - lost - droppedRecords);
    }
}
