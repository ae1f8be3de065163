package io.epona.simulator.workload;

import io.epona.engine.replica.ProtocolMutation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A few seeds of the many that are run elsewhere. */
class RunTest
{
    @Test
    void shouldDoEnoughInARunAndRepeatIt()
    {
        final RunResult result = Campaign.run(1, ProtocolMutation.NONE, true, null);
        assertEquals(List.of(), result.violations());
        assertTrue(result.counts().get("simulated ms") >= 30_000);
        assertTrue(result.counts().get("events") >= 5_000);
        assertTrue(result.counts().get("faults") >= 3);
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

    @Test
    void shouldBecomeWholeWhereNothingGoesWrong()
    {
        final RunResult result = Campaign.run(7, ProtocolMutation.NONE, false, null);
        assertEquals(List.of(), result.violations());
        assertEquals(0, result.counts().get("faults"));
        assertEquals(0, result.counts().get("brokers' errors"));
    }
}
