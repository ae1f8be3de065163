package io.epona.loadgen.load;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class WindowTest
{
    private static final long MS = 1_000_000L;

    @ParameterizedTest
    @ValueSource(longs = {0, 1_000 * MS, -500 * MS, Long.MAX_VALUE - 150 * MS, Long.MAX_VALUE - 250 * MS})
    void shouldTellWhatBelongsToTheWindowWhereverTheClockStands(final long t0Ns)
    {
        final Timeline timeline = new Timeline(t0Ns, t0Ns + 100 * MS, t0Ns + 200 * MS, t0Ns + 300 * MS);
        assertEquals(0, timeline.window(t0Ns));
        assertEquals(0, timeline.window(t0Ns + 100 * MS - 1));
        assertEquals(1, timeline.window(t0Ns + 100 * MS));
        assertEquals(1, timeline.window(t0Ns + 200 * MS - 1));
        assertEquals(0, timeline.window(t0Ns + 200 * MS));
        assertEquals(0, timeline.window(t0Ns + 250 * MS));
    }

    @Test
    void shouldRecordOnlyTheWindowAsMeasured()
    {
        final Latencies latencies = new Latencies();
        latencies.record(Latencies.ACK, 0, 5_000);
        latencies.record(Latencies.ACK, 1, 7_000);
        latencies.record(Latencies.ACK, 1, 9_000);
        assertEquals(2, latencies.measured(Latencies.ACK).getIntervalHistogram().getTotalCount());
        assertEquals(1, latencies.unmeasured(Latencies.ACK).getIntervalHistogram().getTotalCount());
        assertEquals(0, latencies.measured(Latencies.E2E).getIntervalHistogram().getTotalCount());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 1_500 * MS})
    void shouldMarkTheFirstTurnsAtOrBehindTheEdges(final long t0Ns)
    {
        final Marks marks = new Marks(new Timeline(t0Ns, t0Ns + 1_000 * MS, t0Ns + 3_000 * MS, t0Ns + 4_000 * MS));
        for (int ms = 0; ms < 5_000; ms += 7)
        {
            marks.onTurn(t0Ns + ms * MS + MS / 3, 10L * ms, 1_000L * ms);
        }
        // Turns come at 1,001 and 3,003 ms: both edges are seen late, and by as much as the counts.
        assertEquals(2_002 * MS, marks.windowNs());
        assertEquals(10_000, marks.firstRate(), 1e-6);
        assertEquals(1_000_000, marks.secondRate(), 1e-6);
    }

    @Test
    void shouldHaveNoRateWhereTheWindowDidNotEnd()
    {
        final Marks marks = new Marks(new Timeline(0, 1_000, 2_000, 3_000));
        marks.onTurn(500, 1, 1);
        marks.onTurn(1_500, 2, 2);
        assertEquals(0, marks.windowNs());
        assertEquals(0, marks.firstRate());
    }

    @Test
    void shouldMarkAnEndThatComesSoonerThanWasSaid()
    {
        final Marks marks = new Marks(new Timeline(0, 1_000, 9_000, 10_000));
        marks.onTurn(1_000, 10, 0);
        marks.onTurn(2_000, 20, 0);
        marks.end(new Timeline(0, 1_000, 2_500, 3_000));
        marks.onTurn(3_000, 30, 0);
        assertEquals(2_000, marks.windowNs());
        assertEquals(20 * 1e9 / 2_000, marks.firstRate(), 1e-6);
    }
}
