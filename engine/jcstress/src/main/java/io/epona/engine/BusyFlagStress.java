package io.epona.engine;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * Of the threads that run the housekeeper one is inside at a time, and sees what the former did.
 * <p>
 * Who enters has changed the holder from null to itself by compare-and-exchange, so the other is not inside; the null
 * was stored with release by the one that left, and read with acquire: its plain stores come with it.
 */
@JCStressTest
@State
@Outcome(id = {"1, 1", "2, 2"}, expect = ACCEPTABLE, desc = "every entry was counted")
@Outcome(expect = FORBIDDEN, desc = "two were inside, or one did not see the other's work")
public class BusyFlagStress
{
    private final BusyFlag flag = new BusyFlag();
    private int work;
    private int byFirst;
    private int bySecond;

    /** One thread. */
    @Actor
    public void first()
    {
        if (flag.enter())
        {
            work++;
            flag.exit();
            byFirst = 1;
        }
    }

    /** Another one. */
    @Actor
    public void second()
    {
        if (flag.enter())
        {
            work++;
            flag.exit();
            bySecond = 1;
        }
    }

    /**
     * Count.
     *
     * @param result work done, and entries.
     */
    @Arbiter
    public void end(final II_Result result)
    {
        result.r1 = work;
        result.r2 = byFirst + bySecond;
    }
}
