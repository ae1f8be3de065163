package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * A roll, as readers and the housekeeper follow it.
 * <p>
 * The owner gives the next segment its place and the one that it leaves its end, with plain stores, then links them
 * with release, then writes the first batch of the next one and publishes position, log end and high watermark, each
 * with release. A reader that acquires a high watermark above the base offset of the next segment therefore finds the
 * link, and behind the link's own acquire the place, the end and the batch. The housekeeper starts from the position:
 * one that counts bytes of the next segment comes with the link.
 */
@JCStressTest
@State
@Outcome(id = {"0", "1"}, expect = ACCEPTABLE, desc = "before the roll, or all of it")
@Outcome(expect = FORBIDDEN, desc = "a part of a roll")
public class RollStress
{
    private static final int END = 8192;
    private static final long BASE_OFFSET = 5;

    private final UnsafeBuffer memory = StressLog.memory();
    private final int index = StressLog.slot(0);
    private final LogPositions positions = StressLog.positions(BASE_OFFSET);
    private final Segment active = StressLog.segment(0);
    private final Segment prepared = StressLog.segment(1);

    /** The owner rolls and appends. */
    @Actor
    public void owner()
    {
        prepared.begin(BASE_OFFSET, 0, SegmentDescriptor.HEADER_LENGTH);
        active.endIndex(END);
        active.next(prepared);
        memory.putLong(index, StressLog.BATCH);
        positions.publish(StressLog.SLOT_LENGTH, BASE_OFFSET + 1);
        positions.highWatermark(BASE_OFFSET + 1);
    }

    /**
     * A reader at the end of the first segment goes on.
     *
     * @param result 0 nothing yet, 1 the batch behind the roll; else what is missing.
     */
    @Actor
    public void reader(final I_Result result)
    {
        if (positions.highWatermark() > BASE_OFFSET)
        {
            result.r1 = complete(active.next());
        }
    }

    private int complete(final Segment next)
    {
        return null == next ? -1 :
            BASE_OFFSET != next.baseOffset() ? -2 :
            END != active.endIndex() ? -3 :
            StressLog.BATCH != memory.getLong(index) ? -4 : 1;
    }

    /** The housekeeper's side of the same hand-over. */
    @JCStressTest
    @State
    @Outcome(id = {"0", "1", "2"}, expect = ACCEPTABLE, desc = "before the roll, after it, between link and position")
    @Outcome(expect = FORBIDDEN, desc = "bytes of a segment that is not linked, or a link without its place")
    public static class Following
    {
        private final LogPositions positions = StressLog.positions(BASE_OFFSET);
        private final Segment active = StressLog.segment(0);
        private final Segment prepared = StressLog.segment(1);

        /** The owner rolls and appends. */
        @Actor
        public void owner()
        {
            prepared.begin(BASE_OFFSET, 0, SegmentDescriptor.HEADER_LENGTH);
            active.endIndex(END);
            active.next(prepared);
            positions.publish(StressLog.SLOT_LENGTH, BASE_OFFSET + 1);
        }

        /**
         * The housekeeper follows: the position before the link.
         *
         * @param result 0 no roll, 1 roll and bytes, 2 roll without bytes; else what is missing.
         */
        @Actor
        public void housekeeper(final I_Result result)
        {
            final long position = positions.position();
            final Segment next = active.next();
            if (null == next)
            {
                result.r1 = 0 == position ? 0 : -1;
            }
            else
            {
                result.r1 = BASE_OFFSET != next.baseOffset() ? -2 : END != active.endIndex() ? -3 :
                    0 == position ? 2 : 1;
            }
        }
    }
}
