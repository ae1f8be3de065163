package io.epona.engine.log;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IJ_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Who sees the high watermark sees the batch below it.
 * <p>
 * The owner stores the batch with plain stores and then the high watermark with release: nothing stored before may
 * move behind it. The reader loads the high watermark with acquire: nothing loaded after may move before it. A value
 * that was read from the release store therefore brings the batch with it. The reader looks at no byte before it has
 * seen such a value; this test looks always, so that a reordering is seen too.
 */
@JCStressTest
@State
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "nothing seen")
@Outcome(id = "0, 81985529216486895", expect = ACCEPTABLE, desc = "bytes before the watermark: no reader looks")
@Outcome(id = "1, 81985529216486895", expect = ACCEPTABLE, desc = "published")
@Outcome(expect = FORBIDDEN, desc = "a watermark without its batch")
public class PublicationStress
{
    private final UnsafeBuffer memory = StressLog.memory();
    private final int index = StressLog.slot(0);
    private final LogPositions positions = StressLog.positions(0);

    /** The owner appends. */
    @Actor
    public void owner()
    {
        memory.putLong(index, StressLog.BATCH);
        positions.publish(StressLog.SLOT_LENGTH, 1);
        positions.highWatermark(1);
    }

    /**
     * A reader polls.
     *
     * @param result watermark and bytes.
     */
    @Actor
    public void reader(final IJ_Result result)
    {
        result.r1 = (int)positions.highWatermark();
        result.r2 = memory.getLong(index);
    }
}
