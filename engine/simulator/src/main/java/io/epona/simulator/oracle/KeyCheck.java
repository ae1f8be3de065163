package io.epona.simulator.oracle;

import org.agrona.collections.Int2ObjectHashMap;

import java.util.function.LongToIntFunction;

/**
 * What compaction may take: of C each record behind which C holds a later one with the same key.
 * <p>
 * Owned by the thread of its world.
 */
final class KeyCheck
{
    private static final Long NONE = -1L;

    private final PartitionTruth partition;
    private final Verdicts verdicts;
    private final LongToIntFunction keyOf;
    private final Int2ObjectHashMap<Long> lastOffsets = new Int2ObjectHashMap<>();

    /**
     * @param keyOf key of a record by its id, -1 for none.
     */
    KeyCheck(final PartitionTruth partition, final Verdicts verdicts, final LongToIntFunction keyOf)
    {
        this.partition = partition;
        this.verdicts = verdicts;
        this.keyOf = keyOf;
    }

    void onCommitted(final BatchFact batch)
    {
        for (int i = 0; i < batch.ids.length; i++)
        {
            final int key = keyOf.applyAsInt(batch.ids[i]);
            if (key >= 0)
            {
                lastOffsets.put(key, Long.valueOf(batch.baseOffset + i));
            }
        }
    }

    /** C was cut by an unclean election. */
    void rebuild(final LogImage committed)
    {
        lastOffsets.clear();
        committed.batches().forEach(this::onCommitted);
    }

    private boolean isSuperseded(final long offset, final long id)
    {
        final int key = keyOf.applyAsInt(id);
        return key >= 0 && lastOffsets.getOrDefault(key, NONE) > offset;
    }

    /**
     * A log holds what compaction left of a batch.
     *
     * @param original as it was.
     * @param left     of it.
     * @param by       whose log it is.
     */
    void onCompacted(final BatchFact original, final BatchFact left, final Object by)
    {
        if (partition.isLossy())
        {
            return;
        }
        for (int i = 0; i < original.ids.length; i++)
        {
            final long offset = original.baseOffset + i;
            if (-1 == left.idAt(offset))
            {
                final long id = original.ids[i];
                verdicts.check(
                    Invariant.I10, isSuperseded(offset, id),
                    () -> by + ": compaction took record " + Long.toHexString(id) + " at offset " + offset +
                        " of " + original + ", no later one with its key is committed");
            }
        }
    }

    /**
     * A consumer was not handed what lies between two records.
     *
     * @param from first offset that it was not.
     * @param to   offset of the record that it was.
     * @return whether all of it might go.
     */
    boolean maySkip(final long from, final long to)
    {
        boolean mayGo = true;
        for (long offset = from; offset < to && mayGo; offset++)
        {
            final BatchFact batch = partition.committed().holding(offset);
            mayGo = null != batch && isSuperseded(offset, batch.idAt(offset));
        }

        return mayGo;
    }
}
