package io.epona.engine.log;

import org.agrona.collections.ArrayUtil;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The open readers of a log. Readers come and go on any thread; the housekeeper waits for those that were inside a
 * poll when it published something.
 */
final class ReaderTable
{
    private static final ReaderSlot[] NONE = new ReaderSlot[0];

    private final AtomicReference<ReaderSlot[]> slots = new AtomicReference<>(NONE);

    ReaderSlot add()
    {
        final ReaderSlot slot = new ReaderSlot();
        ReaderSlot[] current;
        do
        {
            current = slots.get();
        }
        while (!slots.compareAndSet(current, ArrayUtil.add(current, slot)));

        return slot;
    }

    void remove(final ReaderSlot slot)
    {
        ReaderSlot[] current;
        do
        {
            current = slots.get();
        }
        while (!slots.compareAndSet(current, ArrayUtil.remove(current, slot)));
    }

    /**
     * @return the slots of the moment; not to be changed.
     */
    ReaderSlot[] slots()
    {
        return slots.get();
    }

    /**
     * The pins that stand after what the calling thread published before. Housekeeper only.
     */
    Pins snapshot()
    {
        // pairs with the fence in ReaderSlot.pin
        VarHandle.fullFence();
        final ReaderSlot[] current = slots.get();
        final long[] counts = new long[current.length];
        for (int i = 0; i < current.length; i++)
        {
            counts[i] = current[i].count();
        }

        return new Pins(current, counts);
    }

    /**
     * Pins of one moment.
     */
    static final class Pins
    {
        private final ReaderSlot[] slots;
        private final long[] counts;

        private Pins(final ReaderSlot[] slots, final long[] counts)
        {
            this.slots = slots;
            this.counts = counts;
        }

        /**
         * @return whether each reader that was pinned has since left its poll.
         */
        boolean areReleased()
        {
            for (int i = 0; i < slots.length; i++)
            {
                if (ReaderSlot.isPinned(counts[i]) && slots[i].count() == counts[i])
                {
                    return false;
                }
            }

            return true;
        }
    }
}
