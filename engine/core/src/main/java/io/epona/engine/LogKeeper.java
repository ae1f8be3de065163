package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.log.PartitionLog;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Looks after every open log. A log that had work lately gets a step in every cycle, since its runway is being used
 * up. The others take turns, a slice of them in a cycle: each is asked whether anybody wants something of it, which
 * costs a few loads, and gets a step if so, or for the sake of what time alone brings, retention above all, when its
 * last step was some time ago. So thousands of idle partitions cost next to nothing.
 * <p>
 * Owned by the housekeeper.
 */
public final class LogKeeper
{
    /** Time after its last work for which a log is looked at in every cycle. */
    static final long HOT_NS = TimeUnit.MILLISECONDS.toNanos(200);
    /** What time alone brings to an idle log may come so much later. */
    static final long IDLE_STEP_NS = TimeUnit.MILLISECONDS.toNanos(500);
    /** Idle logs that are looked at in one cycle. */
    static final int SLICE = 64;

    private final Reporter reporter;
    private final Runnable fenceListener;
    private final List<Slot> slots = new ArrayList<>();
    private final List<Slot> hot = new ArrayList<>();
    private int cursor;
    private boolean isStorageLow;

    private static final class Slot
    {
        private final PartitionLog log;
        private long lastWorkNs;
        private long lastStepNs;
        private boolean isHot;
        private boolean isBroken;
        private boolean isFenced;

        private Slot(final PartitionLog log)
        {
            this.log = log;
            this.isFenced = log.isFenced();
        }
    }

    /**
     * @param reporter      told of a log that is not looked after any more.
     * @param fenceListener told of a log that is fenced while it is in use.
     */
    public LogKeeper(final Reporter reporter, final Runnable fenceListener)
    {
        this.reporter = reporter;
        this.fenceListener = fenceListener;
    }

    /**
     * @param log   to look after from now on.
     * @param nowNs epoch ns.
     */
    public void add(final PartitionLog log, final long nowNs)
    {
        final Slot slot = new Slot(log);
        slots.add(slot);
        heat(slot, nowNs);
        if (isStorageLow)
        {
            log.storageLow(true);
        }
    }

    /**
     * Let every log refuse appends for want of space, or take them again; those that are added later too.
     *
     * @param isLow whether space is wanting.
     */
    public void storageLow(final boolean isLow)
    {
        isStorageLow = isLow;
        for (final Slot slot : slots)
        {
            slot.log.storageLow(isLow);
        }
    }

    /**
     * @param log not to be looked after any more.
     */
    public void remove(final PartitionLog log)
    {
        slots.removeIf((slot) -> slot.log == log);
        hot.removeIf((slot) -> slot.log == log);
    }

    /**
     * @return logs that are looked after.
     */
    public List<PartitionLog> logs()
    {
        return slots.stream().map((slot) -> slot.log).toList();
    }

    /**
     * One cycle.
     *
     * @param nowNs epoch ns.
     * @return amount of work done.
     */
    public int doWork(final long nowNs)
    {
        int workCount = 0;
        for (int i = hot.size() - 1; i >= 0; i--)
        {
            final Slot slot = hot.get(i);
            final int work = keep(slot, nowNs);
            workCount += work;
            if (work > 0)
            {
                slot.lastWorkNs = nowNs;
            }
            else if (nowNs - slot.lastWorkNs > HOT_NS)
            {
                slot.isHot = false;
                final Slot last = hot.remove(hot.size() - 1);
                if (last != slot)
                {
                    hot.set(i, last);
                }
            }
        }

        for (int i = Math.min(SLICE, slots.size()); i > 0; i--)
        {
            cursor = cursor + 1 < slots.size() ? cursor + 1 : 0;
            final Slot slot = slots.get(cursor);
            if (!slot.isHot && (isStepOverdue(slot, nowNs) || slot.log.isHousekeepingDue()))
            {
                final int work = keep(slot, nowNs);
                workCount += work;
                if (work > 0)
                {
                    heat(slot, nowNs);
                }
            }
        }

        return workCount;
    }

    /** Whatever the clock did. */
    private static boolean isStepOverdue(final Slot slot, final long nowNs)
    {
        return Math.abs(nowNs - slot.lastStepNs) >= IDLE_STEP_NS;
    }

    private void heat(final Slot slot, final long nowNs)
    {
        slot.lastWorkNs = nowNs;
        if (!slot.isHot)
        {
            slot.isHot = true;
            hot.add(slot);
        }
    }

    private int keep(final Slot slot, final long nowNs)
    {
        if (slot.isBroken)
        {
            return 0;
        }

        slot.lastStepNs = nowNs;
        try
        {
            final int work = slot.log.housekeep(nowNs);
            if (!slot.isFenced && slot.log.isFenced())
            {
                slot.isFenced = true;
                fenceListener.run();
            }

            return work;
        }
        catch (final RuntimeException ex)
        {
            // A broken invariant of one log: the others go on, and it is not tried again.
            slot.isBroken = true;
            reporter.report(
                ResultCode.INTERNAL,
                "the log of partition " + slot.log.partition() + " of topic " + slot.log.topicId() +
                " is looked after no more (" + ex + "): restart the broker",
                ex);
            return 0;
        }
    }
}
