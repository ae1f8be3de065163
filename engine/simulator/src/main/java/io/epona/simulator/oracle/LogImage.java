package io.epona.simulator.oracle;

import java.util.ArrayList;
import java.util.List;

/**
 * What a log holds: its batches in order.
 * <p>
 * Owned by the thread of its world.
 */
final class LogImage
{
    private final List<BatchFact> batches = new ArrayList<>();
    private long start;

    /** Empty, to begin at an offset. */
    void reset(final long newStart)
    {
        batches.clear();
        start = newStart;
    }

    /** What lies before an offset was deleted; it is still remembered. */
    void startAt(final long newStart)
    {
        start = Math.max(start, newStart);
    }

    long start()
    {
        return start;
    }

    long end()
    {
        return batches.isEmpty() ? start : Math.max(start, last().nextOffset);
    }

    BatchFact last()
    {
        return batches.isEmpty() ? null : batches.get(batches.size() - 1);
    }

    List<BatchFact> batches()
    {
        return batches;
    }

    void add(final BatchFact batch)
    {
        batches.add(batch);
    }

    /**
     * Keep what lies below an offset.
     *
     * @param offset of the new end.
     */
    void truncate(final long offset)
    {
        while (!batches.isEmpty() && last().nextOffset > offset)
        {
            batches.remove(batches.size() - 1);
        }
    }

    /**
     * @return the batch that begins at an offset, or null.
     */
    BatchFact at(final long baseOffset)
    {
        final int i = indexOf(baseOffset);
        return i >= 0 && batches.get(i).baseOffset == baseOffset ? batches.get(i) : null;
    }

    /**
     * @return the batch that holds an offset, or null.
     */
    BatchFact holding(final long offset)
    {
        final int i = indexOf(offset);
        return i >= 0 && offset < batches.get(i).nextOffset ? batches.get(i) : null;
    }

    /**
     * @param batch of some log.
     * @return whether this log holds it, and so everything before it that it keeps.
     */
    boolean holds(final BatchFact batch)
    {
        return at(batch.baseOffset) == batch || batch.nextOffset <= start;
    }

    /**
     * @return the last of the batches that begin at or before an offset, -1 for none.
     */
    int indexOf(final long offset)
    {
        int low = 0;
        int high = batches.size() - 1;
        while (low <= high)
        {
            final int middle = (low + high) >>> 1;
            if (batches.get(middle).baseOffset <= offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high;
    }
}
