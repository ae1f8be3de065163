package io.epona.loadgen.sweep;

import java.util.TreeSet;

/**
 * Search for the highest rate at which a target is held: a ladder of steps of 1.3 up to the first rate that misses it
 * (down to the first that holds it, where the first missed), then bisection until the two are within 5 %, then three
 * more runs at the rate that was found. Where one of these misses, the search goes on below it; where that happens
 * more than {@value #MAX_SETBACKS} times, the machine is too noisy for an answer.
 * <p>
 * A pure state machine: ask for {@link #nextRate}, run, tell the outcome to {@link #onRun}. Owned by one thread.
 */
final class RateSearch
{
    /** Runs at the rate that was found, beside the one that found it. */
    static final int CONFIRMATIONS = 3;
    /** Rates that may turn out not to hold when they are confirmed. */
    static final int MAX_SETBACKS = 3;

    private static final double STEP = 1.3;
    private static final double WITHIN = 1.05;

    /**
     * Where the search stands.
     */
    enum State
    {
        /** It goes on. */
        SEARCHING,
        /** {@link RateSearch#heldRate} is the highest rate. */
        FOUND,
        /** Even the lowest rate misses the target. */
        NONE,
        /** The same rate holds the target and misses it. */
        UNSTEADY
    }

    private final long lowest;
    private final long highest;
    private final TreeSet<Long> held = new TreeSet<>();
    private long missed = Long.MAX_VALUE;
    private long next;
    private int confirmations;
    private int setbacks;
    private State state = State.SEARCHING;

    /**
     * @param first   rate to begin with, from lowest to highest.
     * @param lowest  rate below which nothing is tried, above 0.
     * @param highest rate above which nothing is tried.
     */
    RateSearch(final long first, final long lowest, final long highest)
    {
        if (lowest <= 0 || first < lowest || highest < first)
        {
            throw new IllegalArgumentException(lowest + " <= " + first + " <= " + highest);
        }

        this.lowest = lowest;
        this.highest = highest;
        this.next = first;
    }

    State state()
    {
        return state;
    }

    /**
     * @return messages per second of the next run, while the search goes on.
     */
    long nextRate()
    {
        if (State.SEARCHING != state)
        {
            throw new IllegalStateException("the search is over: " + state);
        }

        return next;
    }

    /**
     * @return highest rate so far that held the target and was not refuted, 0 for none.
     */
    long heldRate()
    {
        return held.isEmpty() ? 0 : held.last();
    }

    /**
     * The run at {@link #nextRate} has ended.
     *
     * @param isHeld whether it held the target.
     */
    void onRun(final boolean isHeld)
    {
        final boolean isConfirming = next == heldRate();
        if (!isHeld)
        {
            onMissed(isConfirming);
        }
        else if (isConfirming)
        {
            confirmations++;
        }
        else
        {
            held.add(next);
        }

        if (State.SEARCHING == state)
        {
            choose();
        }
    }

    private void onMissed(final boolean isConfirming)
    {
        missed = next;
        // What held above a rate that misses was luck.
        held.tailSet(missed, true).clear();
        confirmations = 0;
        if (isConfirming && ++setbacks > MAX_SETBACKS)
        {
            state = State.UNSTEADY;
        }
    }

    private void choose()
    {
        final long low = heldRate();
        if (0 == low)
        {
            descend();
        }
        else if (Long.MAX_VALUE == missed && low < highest)
        {
            next = Math.min(highest, (long)Math.ceil(low * STEP));
        }
        else if (Long.MAX_VALUE != missed && missed > Math.max(low + 1, low * WITHIN))
        {
            next = Math.max(low + 1, (long)Math.sqrt((double)low * missed));
        }
        else if (confirmations < CONFIRMATIONS)
        {
            next = low;
        }
        else
        {
            state = State.FOUND;
        }
    }

    private void descend()
    {
        if (missed <= lowest)
        {
            state = State.NONE;
        }
        else
        {
            next = Math.max(lowest, (long)(missed / STEP));
        }
    }
}
