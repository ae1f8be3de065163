package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Memory that a reader reads is not given to another use, whatever takes it from the log.
 * <p>
 * The reader stores its pin, passes a full fence, and loads what would refuse it (R). The housekeeper stores what
 * refuses readers, passes a full fence, and loads the pins (H). Both fences stand in one total order. Where the
 * reader's comes first, the housekeeper loads the pin, or a later count of the same slot, and waits until the count
 * has changed. Where the housekeeper's comes first, the reader loads the refusal and touches nothing. Without one of
 * the fences a store may pass the later load, neither sees the other, and the reader reads bytes that are not its
 * own: this is the one reordering that x86 does too. A release store ends the pin, so that all loads under it are
 * done before it is seen to have ended.
 * <p>
 * The nested classes are the same argument for each store in the place of the refusal.
 */
public final class ReclaimStress
{
    private static final int READ = 1;
    private static final int REFUSED = 0;
    private static final int WRONG_BYTES = -1;
    private static final int LOADS = 128;

    private ReclaimStress()
    {
    }

    /** Memory, and the pin of one reader in it. */
    abstract static class Log
    {
        final UnsafeBuffer memory = StressLog.memory();
        final int index = StressLog.slot(StressLog.BATCH);
        final ReaderTable readers = new ReaderTable();
        final ReaderSlot slot = readers.add();

        /** A poll reads for a while. Volatile, so that every load is made; on x86 they are plain ones. */
        final int read()
        {
            for (int i = 0; i < LOADS; i++)
            {
                if (StressLog.BATCH != memory.getLongVolatile(index))
                {
                    return WRONG_BYTES;
                }
            }

            return READ;
        }

        /** Wait as the housekeeper does, though not for ever; the memory is then another's. */
        final int reuse(final ReaderTable.Pins pins)
        {
            if (pins.areReleased())
            {
                memory.putLong(index, StressLog.REUSED);
                return 1;
            }

            return 0;
        }
    }

    /** Retention publishes the log start. */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "0, 1", "1, 0", "1, 1"}, expect = ACCEPTABLE, desc = "refused, or read before the reuse")
    @Outcome(expect = FORBIDDEN, desc = "bytes of another segment were read")
    public static class Retention extends Log
    {
        private final LogPositions positions = StressLog.positions(1);

        /**
         * A reader polls at offset 0.
         *
         * @param result what it read.
         */
        @Actor
        public void reader(final II_Result result)
        {
            slot.pin();
            result.r1 = positions.logStart() > 0 ? REFUSED : read();
            slot.unpin();
        }

        /**
         * The housekeeper takes the first segment.
         *
         * @param result whether its memory was used again.
         */
        @Actor
        public void housekeeper(final II_Result result)
        {
            positions.logStart(1);
            result.r2 = reuse(readers.snapshot());
        }
    }

    /** A reader that polls twice: a later pin in the same slot is none that is waited for. */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "0, 1", "1, 0", "1, 1"}, expect = ACCEPTABLE, desc = "refused, or read before the reuse")
    @Outcome(expect = FORBIDDEN, desc = "bytes of another segment were read")
    public static class RetentionOfSecondPoll extends Log
    {
        private final LogPositions positions = StressLog.positions(1);

        /**
         * A reader polls at offset 0, twice.
         *
         * @param result the worse of what it read.
         */
        @Actor
        public void reader(final II_Result result)
        {
            slot.pin();
            final int first = positions.logStart() > 0 ? REFUSED : read();
            slot.unpin();
            slot.pin();
            final int second = positions.logStart() > 0 ? REFUSED : read();
            slot.unpin();
            result.r1 = Math.min(first, second);
        }

        /**
         * The housekeeper takes the first segment.
         *
         * @param result whether its memory was used again.
         */
        @Actor
        public void housekeeper(final II_Result result)
        {
            positions.logStart(1);
            final ReaderTable.Pins pins = readers.snapshot();
            result.r2 = reuse(pins) | reuse(pins);
        }
    }

    /** A reader that opens while retention goes on: its slot is in the table, by a full fence, before its first pin. */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "0, 1", "1, 0", "1, 1"}, expect = ACCEPTABLE, desc = "refused, or read before the reuse")
    @Outcome(expect = FORBIDDEN, desc = "bytes of another segment were read")
    public static class RetentionOfNewReader extends Log
    {
        private final LogPositions positions = StressLog.positions(1);

        /**
         * A reader opens and polls at offset 0.
         *
         * @param result what it read.
         */
        @Actor
        public void reader(final II_Result result)
        {
            final ReaderSlot added = readers.add();
            added.pin();
            result.r1 = positions.logStart() > 0 ? REFUSED : read();
            added.unpin();
            readers.remove(added);
        }

        /**
         * The housekeeper takes the first segment.
         *
         * @param result whether its memory was used again.
         */
        @Actor
        public void housekeeper(final II_Result result)
        {
            positions.logStart(1);
            result.r2 = reuse(readers.snapshot());
        }
    }

    /** Compaction and truncation mark a segment that has left the log. */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "0, 1", "1, 0", "1, 1"}, expect = ACCEPTABLE, desc = "gone, or read before the reuse")
    @Outcome(expect = FORBIDDEN, desc = "bytes of a segment that is gone were read")
    public static class Replacement extends Log
    {
        private final Segment segment = StressLog.segment(0);

        /**
         * A reader that is in the segment polls.
         *
         * @param result what it read.
         */
        @Actor
        public void reader(final II_Result result)
        {
            slot.pin();
            result.r1 = segment.isGone() ? REFUSED : read();
            slot.unpin();
        }

        /**
         * The housekeeper replaces the segment.
         *
         * @param result whether its memory was used again.
         */
        @Actor
        public void housekeeper(final II_Result result)
        {
            segment.markGone();
            result.r2 = reuse(readers.snapshot());
        }
    }

    /** Closing and deleting refuse all readers. */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "0, 1", "1, 0", "1, 1"}, expect = ACCEPTABLE, desc = "refused, or read before the unmapping")
    @Outcome(expect = FORBIDDEN, desc = "memory that was unmapped was read")
    public static class Closing extends Log
    {
        private final LogState state = StressLog.state(1);

        /**
         * A reader polls.
         *
         * @param result what it read.
         */
        @Actor
        public void reader(final II_Result result)
        {
            slot.pin();
            result.r1 = state.readRefusal() < 0 ? REFUSED : read();
            slot.unpin();
        }

        /**
         * The housekeeper closes the log.
         *
         * @param result whether its memory was unmapped.
         */
        @Actor
        public void housekeeper(final II_Result result)
        {
            state.readRefusal(-1);
            result.r2 = reuse(readers.snapshot());
        }
    }

    /**
     * A cut of the log's end: the owner lowers the high watermark, the housekeeper tells of the cut, waits for the
     * pins, and then changes the bytes. A reader that is not waited for finds the cut behind the last one it knows,
     * or the watermark that is lowered.
     */
    @JCStressTest
    @State
    @Outcome(id = {"0, 0", "0, 1", "1, 0", "1, 1"}, expect = ACCEPTABLE, desc = "cut, or read before the bytes changed")
    @Outcome(expect = FORBIDDEN, desc = "bytes behind a cut were read")
    public static class Truncating extends Log
    {
        private final LogState state = StressLog.state(1);
        private final Truncation known = state.truncation();

        /**
         * A reader polls at offset 0.
         *
         * @param result what it read.
         */
        @Actor
        public void reader(final II_Result result)
        {
            slot.pin();
            result.r1 = null != known.next() || 0 == state.positions.highWatermark() ? REFUSED : read();
            slot.unpin();
        }

        /**
         * Owner and housekeeper cut the log to nothing.
         *
         * @param result whether the bytes were changed.
         */
        @Actor
        public void housekeeper(final II_Result result)
        {
            state.positions.highWatermark(0);
            state.truncated(0);
            result.r2 = reuse(readers.snapshot());
        }
    }
}
