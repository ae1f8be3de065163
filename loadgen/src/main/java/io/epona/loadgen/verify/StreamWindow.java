package io.epona.loadgen.verify;

/**
 * What was received of one stream, the records of one producer in one partition: a lowest sequence not yet seen, a
 * window of what was seen beyond it, and the ranges that fell out of the window unseen. Bounded memory, whatever is
 * lost. Owned by one consumer thread.
 */
final class StreamWindow
{
    /** Records that a late one may be behind and still be told from a duplicate for certain. */
    static final int WINDOW = 1 << 16;
    /** Ranges of records that fell out of the window; beyond it their late arrival counts as a duplicate. */
    static final int MAX_GAPS = 1024;

    private static final int MASK = WINDOW - 1;

    private long[] gapBegins;
    private long[] gapEnds;
    private long[] seen;
    private int gapCount;
    private long missingBelowNext;
    private long next;
    private long end;

    /** Outcome of a sequence. */
    static final int NEW = 0;
    /** A record that came after one with a higher sequence. */
    static final int LATE = 1;
    /** A record that was received before. */
    static final int DUPLICATE = 2;

    /**
     * @param sequence received, not negative.
     * @return {@link #NEW}, {@link #LATE} or {@link #DUPLICATE}.
     */
    int onSequence(final long sequence)
    {
        if (sequence == next && end == next)
        {
            next = sequence + 1;
            end = sequence + 1;
            return NEW;
        }

        return onGapped(sequence);
    }

    private int onGapped(final long sequence)
    {
        if (sequence < next)
        {
            return fillGap(sequence) ? LATE : DUPLICATE;
        }

        if (sequence - next >= WINDOW)
        {
            slide(sequence - WINDOW + 1);
        }
        if (isSeen(sequence))
        {
            return DUPLICATE;
        }

        final int outcome = sequence < end ? LATE : NEW;
        mark(sequence);
        end = Math.max(end, sequence + 1);
        while (next < end && isSeen(next))
        {
            clear(next);
            next++;
        }

        return outcome;
    }

    /**
     * @return one more than the highest sequence received.
     */
    long end()
    {
        return end;
    }

    /**
     * @param from first sequence.
     * @param to   one beyond the last.
     * @return how many sequences of the range were never received.
     */
    long missing(final long from, final long to)
    {
        long count = 0;
        for (int i = 0; i < gapCount; i++)
        {
            count += Math.max(0, Math.min(to, gapEnds[i]) - Math.max(from, gapBegins[i]));
        }
        for (long s = Math.max(from, next); s < Math.min(to, end); s++)
        {
            count += isSeen(s) ? 0 : 1;
        }

        return count + Math.max(0, to - Math.max(from, end));
    }

    /**
     * @return records that fell out of the window unseen and did not come late: a running estimate of the lost.
     */
    long missingBelowWindow()
    {
        return missingBelowNext;
    }

    /** Move the lower edge up, what was not seen below it becomes a gap. */
    private void slide(final long newNext)
    {
        long gapBegin = -1;
        final long seenEnd = Math.min(newNext, end);
        for (long s = next; s < seenEnd; s++)
        {
            if (isSeen(s))
            {
                clear(s);
                if (gapBegin >= 0)
                {
                    addGap(gapBegin, s);
                    gapBegin = -1;
                }
            }
            else if (gapBegin < 0)
            {
                gapBegin = s;
            }
        }
        if (seenEnd < newNext && gapBegin < 0)
        {
            gapBegin = seenEnd;
        }
        if (gapBegin >= 0)
        {
            addGap(gapBegin, newNext);
        }

        next = newNext;
        end = Math.max(end, next);
        while (next < end && isSeen(next))
        {
            clear(next);
            next++;
        }
    }

    private void addGap(final long begin, final long gapEnd)
    {
        missingBelowNext += gapEnd - begin;
        if (null == gapBegins)
        {
            gapBegins = new long[MAX_GAPS];
            gapEnds = new long[MAX_GAPS];
        }

        if (gapCount > 0 && gapEnds[gapCount - 1] == begin)
        {
            gapEnds[gapCount - 1] = gapEnd;
        }
        else if (gapCount < MAX_GAPS)
        {
            gapBegins[gapCount] = begin;
            gapEnds[gapCount] = gapEnd;
            gapCount++;
        }
        else
        {
            // The last range swallows what lies between: more missing than in truth, never fewer.
            gapEnds[gapCount - 1] = gapEnd;
        }
    }

    private boolean fillGap(final long sequence)
    {
        for (int i = 0; i < gapCount; i++)
        {
            if (sequence >= gapBegins[i] && sequence < gapEnds[i])
            {
                final long tailEnd = gapEnds[i];
                gapEnds[i] = sequence;
                if (sequence + 1 < tailEnd && gapCount < MAX_GAPS)
                {
                    System.arraycopy(gapBegins, i + 1, gapBegins, i + 2, gapCount - i - 1);
                    System.arraycopy(gapEnds, i + 1, gapEnds, i + 2, gapCount - i - 1);
                    gapBegins[i + 1] = sequence + 1;
                    gapEnds[i + 1] = tailEnd;
                    gapCount++;
                }
                else if (sequence + 1 < tailEnd)
                {
                    gapEnds[i] = tailEnd;
                    return false;
                }
                missingBelowNext--;
                return true;
            }
        }

        return false;
    }

    private boolean isSeen(final long sequence)
    {
        return null != seen && (seen[(int)(sequence & MASK) >> 6] & 1L << sequence) != 0;
    }

    private void mark(final long sequence)
    {
        if (null == seen)
        {
            // Allocated when the stream first shows a gap, so that a thousand whole streams cost nothing.
            seen = new long[WINDOW >> 6];
        }
        seen[(int)(sequence & MASK) >> 6] |= 1L << sequence;
    }

    private void clear(final long sequence)
    {
        seen[(int)(sequence & MASK) >> 6] &= ~(1L << sequence);
    }
}
