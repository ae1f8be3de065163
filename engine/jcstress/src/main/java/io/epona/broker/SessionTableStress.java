package io.epona.broker;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

/**
 * A shard sees the tokens of one moment, sorted: the conductor fills a new array before the volatile store that
 * publishes it, and never changes it after.
 */
@JCStressTest
@State
@Outcome(id = {"true, false", "true, true", "false, true"}, expect = ACCEPTABLE, desc = "before, between and after")
@Outcome(id = "false, false", expect = FORBIDDEN, desc = "a table that never was")
public class SessionTableStress
{
    private static final long OLD = 7;
    private static final long NEW = 3;

    private final SessionTable table = new SessionTable();

    /** A session is open. */
    public SessionTableStress()
    {
        table.add(OLD);
    }

    /** The conductor opens a session and then closes the other. */
    @Actor
    public void conductor()
    {
        table.add(NEW);
        table.remove(OLD);
    }

    /**
     * A shard looks.
     *
     * @param result whether it found the one, and the other.
     */
    @Actor
    public void shard(final ZZ_Result result)
    {
        final long[] tokens = table.snapshot();
        result.r1 = SessionTable.contains(tokens, OLD);
        result.r2 = SessionTable.contains(tokens, NEW);
    }
}
