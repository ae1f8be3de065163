package io.epona.broker;

import io.epona.engine.Clock;
import io.epona.engine.DirectoryInspector;
import io.epona.engine.Engine;
import io.epona.engine.SystemClock;
import io.epona.engine.log.LogVisitor;
import io.epona.engine.log.SegmentInfo;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Brokers whose clocks are an hour apart. */
class ClockSkewTest extends BrokersFixture
{
    /** Counts batches, and holds their times against each other. */
    private static final class Times implements LogVisitor
    {
        private static final int APPEND_TIMESTAMP = 16;

        private long last = Long.MIN_VALUE;
        private int batches;

        @Override
        public void onSegment(final SegmentInfo segment)
        {
            // Times go on from one to the next.
        }

        @Override
        public boolean onBatch(
            final SegmentInfo segment,
            final long position,
            final DirectBuffer buffer,
            final int index,
            final int length)
        {
            final long time = buffer.getLong(index + APPEND_TIMESTAMP, ByteOrder.LITTLE_ENDIAN);
            assertTrue(time >= last, "the time of appends went back");
            last = time;
            batches++;
            return true;
        }
    }

    @Test
    void leadInTurnWithoutLosingRecordsOrTurningTimeBack() throws IOException
    {
        final Clock clock = new SystemClock();
        brokers.engines((brokerId) -> new Engine.Context().clock(
            () -> clock.nowNs() + TimeUnit.HOURS.toNanos(1 - brokerId)));
        int leader = brokers.startWithTopic(3, TOPIC);
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC))
        {
            // Each leads at least once.
            for (int round = 0; round < 3; round++)
            {
                records.send(RECORDS);
                records.settle();
                brokers.kill(leader);
                records.send(RECORDS);
                records.settle();
                brokers.start(leader);
                leader = brokers.awaitLeader(TOPIC, 0, 3);
            }
        }
        for (int i = 0; i < 3; i++)
        {
            brokers.stop(i);
            final Times times = new Times();
            final DirectoryInspector inspector = DirectoryInspector.open(brokers.dataDir(i), false);
            assertEquals(1, inspector.logs().size());
            assertEquals(
                6 * RECORDS, inspector.logs().get(0).inspector(times).inspect().logEnd(), "of broker " + i);
            assertTrue(times.batches > 0);
        }
    }
}
