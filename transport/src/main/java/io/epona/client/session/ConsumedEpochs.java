package io.epona.client.session;

/**
 * At which offsets the leader epoch of what was consumed changed, for the last few changes: where the leader's log
 * differs, this tells how far back. Owned by its machine's thread.
 */
final class ConsumedEpochs
{
    private static final int CAPACITY = 8;

    private final int[] epochs = new int[CAPACITY];
    /** First record of the epoch that was consumed, in rising order. */
    private final long[] starts = new long[CAPACITY];
    private int count;

    void clear()
    {
        count = 0;
    }

    /** @return epoch of the last record consumed, -1 unknown. */
    int last()
    {
        return 0 == count ? -1 : epochs[count - 1];
    }

    /** @return first record consumed of the last epoch, -1 unknown. */
    long lastStart()
    {
        return 0 == count ? -1 : starts[count - 1];
    }

    void add(final int epoch, final long offset)
    {
        if (count > 0 && epoch == epochs[count - 1])
        {
            return;
        }
        if (CAPACITY == count)
        {
            System.arraycopy(epochs, 1, epochs, 0, CAPACITY - 1);
            System.arraycopy(starts, 1, starts, 0, CAPACITY - 1);
            count--;
        }
        epochs[count] = epoch;
        starts[count] = offset;
        count++;
    }

    /**
     * @param epoch    of a leader's log.
     * @param position behind the last record consumed.
     * @return end of what was consumed in that epoch or earlier, as far as it is remembered.
     */
    long endOf(final int epoch, final long position)
    {
        for (int i = 0; i < count; i++)
        {
            if (epochs[i] > epoch)
            {
                return Math.min(starts[i], position);
            }
        }
        return position;
    }

    /** What was consumed from an offset on does not count any more. */
    void truncate(final long offset)
    {
        while (count > 0 && starts[count - 1] >= offset)
        {
            count--;
        }
    }
}
