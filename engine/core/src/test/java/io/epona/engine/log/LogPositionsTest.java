package io.epona.engine.log;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class LogPositionsTest
{
    @ParameterizedTest
    @EnumSource(FlushPolicy.class)
    void shouldCommitWhatIsOnDiskWhereThePolicyAsksForIt(final FlushPolicy policy)
    {
        final LogPositions positions = new LogPositions(3, 10, LogPositions.ALONE, policy);
        assertEquals(10, positions.flushedEnd());
        assertEquals(10, positions.committedEnd());

        positions.publish(100, 20);
        positions.highWatermark(20);
        assertEquals(FlushPolicy.COMMIT == policy ? 10 : 20, positions.committedEnd());

        positions.flushedEnd(15);
        assertEquals(FlushPolicy.COMMIT == policy ? 15 : 20, positions.committedEnd());
        positions.flushedEnd(20);
        assertEquals(20, positions.committedEnd());
    }

    @Test
    void shouldNeverCommitAboveTheHighWatermark()
    {
        final LogPositions positions = new LogPositions(0, 0, LogPositions.ALONE, FlushPolicy.COMMIT);
        positions.publish(100, 20);
        positions.highWatermark(5);
        positions.flushedEnd(20);
        assertEquals(5, positions.committedEnd());
    }
}
