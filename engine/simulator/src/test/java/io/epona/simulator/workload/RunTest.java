package io.epona.simulator.workload;

import io.epona.engine.replica.ProtocolMutation;
import io.epona.simulator.oracle.Invariant;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A few seeds of the many that are run elsewhere. */
class RunTest
{
    @Test
    void shouldDoEnoughInARunAndRepeatIt()
    {
        final RunResult result = Campaign.run(1, ProtocolMutation.NONE, true, null);
        assertEquals(List.of(), result.violations());
        assertNull(result.missing());
        assertTrue(result.counts().get("acknowledged records") >= 200, result.counts().toString());

        final RunResult again = Campaign.run(1, ProtocolMutation.NONE, true, (nowNs, line) -> assertTrue(nowNs >= 0));
        assertEquals(result.traceHash(), again.traceHash());
        assertNotEquals(result.traceHash(), Campaign.run(1, ProtocolMutation.NONE, false, null).traceHash());
    }

    @ParameterizedTest
    @ValueSource(longs = { 2, 3, 4, 5, 6 })
    void shouldHoldAllInvariants(final long seed)
    {
        final RunResult result = Campaign.run(seed, ProtocolMutation.NONE, true, null);
        assertEquals(List.of(), result.violations());
    }

    /** From a planted bug to the list that is kept: smaller, as text, and run again without the seed's inputs. */
    @Test
    @Tag("slow")
    void shouldMakeAFailingRunSmallerAndKeepIt()
    {
        final RunResult failed = Campaign.run(1, ProtocolMutation.M24, true, null);
        final Invariant broken = failed.violations().get(0).invariant();
        final Campaign campaign = new Campaign(new PrintStream(OutputStream.nullOutputStream(), true, UTF_8), 40);
        final SavedRun shrunk = campaign.shrink(failed, ProtocolMutation.M24);
        assertTrue(shrunk.inputs().size() < failed.inputs().size() / 2, () -> shrunk.inputs().size() + " inputs");

        final SavedRun kept = SavedRun.parse(shrunk.toText("what it showed"));
        assertEquals(shrunk, kept);
        final RunResult again = Run.of(kept.scenario(), kept.inputs(), ProtocolMutation.M24, null);
        assertEquals(broken, again.violations().get(0).invariant());
        assertEquals(List.of(), Run.of(kept.scenario(), kept.inputs(), ProtocolMutation.NONE, null).violations());
    }

    @Test
    void shouldBecomeWholeWhereNothingGoesWrong()
    {
        final RunResult result = Campaign.run(7, ProtocolMutation.NONE, false, null);
        assertEquals(List.of(), result.violations());
        assertEquals(0, result.counts().get("faults"));
        assertEquals(0, result.counts().get("brokers' errors"));
    }
}
