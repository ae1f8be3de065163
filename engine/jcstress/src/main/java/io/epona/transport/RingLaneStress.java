package io.epona.transport;

import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * What a client sent before it closed its lane is not lost with it.
 * <p>
 * The client commits the message and then stores its closed flag (volatile). The broker that reads the flag and then
 * polls finds the message: the poll's loads come after the load of the flag, which brings all that was stored before.
 * The ring itself is Agrona's.
 */
@JCStressTest
@State
@Outcome(id = {"0", "1", "2", "3"}, expect = ACCEPTABLE, desc = "open without or with the message, or closed with it")
@Outcome(expect = FORBIDDEN, desc = "closed, and the message is not there")
public class RingLaneStress
{
    private static final int LENGTH = 8;
    private static final UnsafeBuffer MESSAGE = new UnsafeBuffer(new byte[LENGTH]);

    private final RingLane.Pair lane = RingLane.create(LENGTH, LENGTH);

    /** The client sends and closes. */
    @Actor
    public void client()
    {
        lane.client().offer(MESSAGE, 0, LENGTH);
        lane.client().close();
    }

    /**
     * The broker looks whether the client is there, and polls.
     *
     * @param result 0 open and nothing, 1 open and the message, 3 closed and the message; -1 closed and nothing.
     */
    @Actor
    public void broker(final I_Result result)
    {
        final boolean isConnected = lane.broker().isConnected();
        final int count = lane.broker().poll((buffer, index, length) -> true, 1);
        result.r1 = isConnected ? count : 0 == count ? -1 : 2 + count;
    }
}
