package io.epona.engine.log;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * The high watermark is never seen above the log end, nor the log end ahead of the count of bytes.
 * <p>
 * The owner stores position, log end and high watermark in this order, each with release; who loads them in the
 * opposite order, each with acquire, sees with a later one all that was stored before it.
 */
@JCStressTest
@State
@Outcome(id = {"0, 0, 0", "0, 0, 1", "0, 1, 1", "1, 1, 1"}, expect = ACCEPTABLE, desc = "in order")
@Outcome(expect = FORBIDDEN, desc = "a watermark above the log end, or records without bytes")
public class CounterOrderStress
{
    private final LogPositions positions = StressLog.positions(0);

    /** The owner appends. */
    @Actor
    public void owner()
    {
        positions.publish(1, 1);
        positions.highWatermark(1);
    }

    /**
     * Any other thread looks.
     *
     * @param result watermark, log end, position.
     */
    @Actor
    public void observer(final III_Result result)
    {
        result.r1 = (int)positions.highWatermark();
        result.r2 = (int)positions.logEnd();
        result.r3 = (int)positions.position();
    }
}
