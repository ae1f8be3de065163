package io.epona.simulator.oracle;

import io.epona.engine.cluster.PartitionState.Member;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Follows one replica: what its log holds and held, and what it believes. Checks what concerns it alone.
 * <p>
 * Owned by the thread of its world.
 */
final class ReplicaWatch
{
    private static final int NONE = -1;

    private final int brokerId;
    private final PartitionTruth partition;
    private final Verdicts verdicts;
    private final LogImage image = new LogImage();
    /** Of all lives; asked for membership alone. */
    private final Set<BatchFact> everHeld = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean isOpen;
    private boolean isLeader;
    /** Whether the last batch is what the next one follows, though it may be gone. */
    private boolean isLastKnown;
    private int brokerEpoch = NONE;
    private int leaderEpoch = NONE;
    private int highWatermarkEpoch = NONE;
    private long highWatermark;
    private long leaderEpochStart;
    private int minIsr;
    private List<Member> isr = List.of();
    private List<Member> effectiveIsr = List.of();
    private List<Member> formerEffectiveIsr = List.of();
    private long truncations;

    ReplicaWatch(final int brokerId, final PartitionTruth partition, final Verdicts verdicts)
    {
        this.brokerId = brokerId;
        this.partition = partition;
        this.verdicts = verdicts;
    }

    int brokerId()
    {
        return brokerId;
    }

    LogImage image()
    {
        return image;
    }

    /** Whether the process lives and the replica was seen in it. */
    boolean isOpen()
    {
        return isOpen;
    }

    boolean isLeader()
    {
        return isLeader;
    }

    int brokerEpoch()
    {
        return brokerEpoch;
    }

    int leaderEpoch()
    {
        return leaderEpoch;
    }

    long leaderEpochStart()
    {
        return leaderEpochStart;
    }

    long highWatermark()
    {
        return highWatermark;
    }

    int minIsr()
    {
        return minIsr;
    }

    List<Member> isr()
    {
        return isr;
    }

    List<Member> effectiveIsr()
    {
        return effectiveIsr;
    }

    /** As it was seen the time before; to be asked while it is seen. */
    List<Member> formerEffectiveIsr()
    {
        return formerEffectiveIsr;
    }

    long truncations()
    {
        return truncations;
    }

    /** The process ended, or closed the replica; what the log held is remembered until it is seen again. */
    void onClosed()
    {
        isOpen = false;
        isLeader = false;
        leaderEpoch = NONE;
        highWatermarkEpoch = NONE;
        isr = List.of();
        effectiveIsr = List.of();
        formerEffectiveIsr = List.of();
    }

    void observe(final ReplicaView view)
    {
        final boolean isFirst = !isOpen;
        final long formerHighWatermark = highWatermark;
        final int formerEpoch = leaderEpoch;
        final boolean wasLeader = isLeader;
        // Who leads now is asked for while batches are taken up.
        brokerEpoch = view.brokerEpoch();
        if (isFirst)
        {
            recover(view);
        }
        else
        {
            follow(view, formerHighWatermark);
        }

        isLeader = view.isLeader();
        leaderEpoch = view.leaderEpoch();
        highWatermark = view.highWatermark();
        checkOrder(view, formerEpoch, isFirst);
        if (!isFirst)
        {
            checkHighWatermark(formerHighWatermark, wasLeader && isLeader && formerEpoch == leaderEpoch);
        }
        if (highWatermark > formerHighWatermark && !isFirst)
        {
            highWatermarkEpoch = leaderEpoch;
        }
        if (isLeader)
        {
            leaderEpochStart = view.leaderEpochStart();
            minIsr = view.minIsr();
            isr = view.isr();
            formerEffectiveIsr = effectiveIsr;
            effectiveIsr = view.effectiveIsr();
            partition.onLeader(this, !wasLeader || formerEpoch != leaderEpoch, formerHighWatermark);
        }
        else if (highWatermark != formerHighWatermark)
        {
            if (wasLeader && highWatermark > formerHighWatermark)
            {
                // Within one cycle it committed and gave the leadership up.
                partition.onLastCommit(this, formerEpoch);
            }
            partition.onFollowerHighWatermark(this, highWatermarkEpoch);
        }
    }

    private void recover(final ReplicaView view)
    {
        final long heldEnd = image.end();
        isOpen = true;
        image.reset(view.logStart());
        final BatchFact[] last = new BatchFact[]{ 0 == view.logStart() ? BatchFact.ORIGIN : null };
        view.forEachBatch(
            view.logStart(),
            (buffer, index) ->
            {
                for (final BatchFact batch : take(BatchFact.of(buffer, index), last[0], true))
                {
                    verdicts.check(
                        Invariant.I20, everHeld.contains(batch) || batch.baseOffset >= heldEnd,
                        () -> this + " recovered " + batch + ", which it never held");
                    last[0] = batch;
                    hold(batch);
                }
            });
        checkEnd(view);
    }

    private void hold(final BatchFact batch)
    {
        image.add(batch);
        isLastKnown = true;
        everHeld.add(batch);
    }

    private List<BatchFact> take(final BatchFact found, final BatchFact previous, final boolean isRecovered)
    {
        return found.isCompacted ? partition.takeCompacted(found, previous, this) :
            List.of(partition.take(found, previous, this, isRecovered));
    }

    private void follow(final ReplicaView view, final long formerHighWatermark)
    {
        if (view.logStart() > image.end() || view.logStart() < image.start())
        {
            // It began anew: at a start that a leader told, which after an unclean election may be below the own one.
            truncations++;
            verdicts.check(
                Invariant.I9,
                view.logStart() >= formerHighWatermark || partition.isUncleanAfter(highWatermarkEpoch),
                () -> this + " began anew at " + view.logStart() + ", below its high watermark " +
                    formerHighWatermark);
            partition.onTruncated(this, 0);
            image.reset(view.logStart());
        }
        else if (view.logEnd() < image.end())
        {
            truncate(view.logEnd(), formerHighWatermark);
        }
        image.startAt(view.logStart());
        isLastKnown &= isLeader || view.logStart() < view.logEnd();

        if (view.logEnd() > image.end())
        {
            view.forEachBatch(
                image.end(),
                (buffer, index) ->
                    take(BatchFact.of(buffer, index), lastOrOrigin(), false).forEach(this::hold));
        }
        checkEnd(view);
    }

    /**
     * What the next batch follows; unknown where a follower keeps nothing below it, as it may have begun anew there. A
     * leader never does: the last one that went by age is what its next one follows.
     */
    private BatchFact lastOrOrigin()
    {
        final BatchFact last = image.last();
        if (0 == image.start())
        {
            return null == last ? BatchFact.ORIGIN : last;
        }

        return null == last || last.nextOffset <= image.start() && !isLastKnown ? null : last;
    }

    private void truncate(final long end, final long formerHighWatermark)
    {
        truncations++;
        verdicts.check(
            Invariant.I9,
            end >= formerHighWatermark || partition.isUncleanAfter(highWatermarkEpoch),
            () -> this + " was cut at " + end + ", below its high watermark " + formerHighWatermark);
        image.truncate(end);
        partition.onTruncated(this, end);
    }

    private void checkEnd(final ReplicaView view)
    {
        verdicts.check(
            Invariant.I3, image.end() == view.logEnd(),
            () -> this + ": the batches end at " + image.end() + ", the log end is " + view.logEnd());
    }

    private void checkOrder(final ReplicaView view, final int formerEpoch, final boolean isFirst)
    {
        verdicts.check(
            Invariant.I7,
            view.logStart() <= view.highWatermark() && view.highWatermark() <= view.logEnd(),
            () -> this + ": log start " + view.logStart() + ", high watermark " + view.highWatermark() +
                ", log end " + view.logEnd());
        if (!isFirst)
        {
            verdicts.check(
                Invariant.I2, leaderEpoch >= formerEpoch,
                () -> this + ": leader epoch " + leaderEpoch + " after " + formerEpoch);
        }
        final BatchFact last = image.last();
        if (null != last && NONE != leaderEpoch)
        {
            verdicts.check(
                Invariant.I2, last.epoch <= leaderEpoch,
                () -> this + ": holds " + last + " in leader epoch " + leaderEpoch);
        }
    }

    private void checkHighWatermark(final long former, final boolean isSameLeadership)
    {
        verdicts.check(
            Invariant.I8,
            highWatermark >= former || !isSameLeadership && partition.isUncleanAfter(highWatermarkEpoch),
            () -> this + ": high watermark " + highWatermark + " after " + former);
    }

    /**
     * Compare the whole log with what was seen of it batch by batch, and what it derives with its batches.
     *
     * @param view of the replica, observed before.
     */
    void audit(final ReplicaView view)
    {
        final int[] next = new int[]{ image.indexOf(view.logStart()) };
        final String[] change = new String[1];
        view.forEachBatch(
            view.logStart(),
            (buffer, index) ->
            {
                final BatchFact found = BatchFact.of(buffer, index);
                int i = Math.max(0, next[0]);
                boolean isSame = i < image.batches().size() && image.batches().get(i).baseOffset == found.baseOffset;
                while (i < image.batches().size() && image.batches().get(i).nextOffset <= found.nextOffset)
                {
                    final BatchFact known = image.batches().get(i++);
                    isSame &= known.epoch == found.epoch &&
                        (found.isCompacted ? known.isLeftIn(found) : known.isSameContent(found));
                    if (found.isCompacted)
                    {
                        partition.keys().onCompacted(known, found, this);
                    }
                }
                change[0] = isSame || null != change[0] ? change[0] : found + ", seen before from " + next[0] + " on " +
                    image.batches().subList(Math.min(Math.max(0, next[0]), i), i);
                next[0] = i;
            });
        verdicts.check(Invariant.I3, null == change[0], () -> this + ": batches changed in place, now " + change[0]);
        final String difference = view.audit();
        verdicts.check(Invariant.I15, null == difference, () -> this + ": " + difference);
        question(view);
    }

    /** Ask for what is not there, as somebody who is mistaken does, and for what it takes others to have. */
    private void question(final ReplicaView view)
    {
        verdicts.check(
            Invariant.I11,
            view.checkFetch(view.logEnd() + 1, NONE) < 0 &&
            view.checkFetch(view.logStart(), view.leaderEpoch() + 1) < 0,
            () -> this + ": lets a consumer read behind the log end, or what is of a later epoch");
        for (final ReplicaWatch other : partition.watches())
        {
            verdicts.check(
                Invariant.I7, view.followerEnd(other.brokerId) <= view.logEnd(),
                () -> this + ": takes the log of broker " + other.brokerId + " for longer than its own");
        }
    }

    @Override
    public String toString()
    {
        return partition + " at broker " + brokerId + "/" + brokerEpoch;
    }
}
