package io.epona.engine.log;

import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What a reader makes of segments that were replaced and of cuts, told by hand as the housekeeper would. */
class LogReaderRelocationTest
{
    private static final int KIB = 1024;
    private static final int VALUE_LENGTH = 1000;
    private static final int TRUNCATED = ResultCode.TRUNCATED.code();

    @TempDir
    private Path temp;

    private LogState state;
    private LogFixture log;
    private long handled;
    private long next;

    @BeforeEach
    void makeLogOfFourSegments() throws IOException
    {
        log = new LogFixture(temp.resolve("t-3.abcd"), new LogConfig(64 * KIB, -1, 16 * KIB)).create();
        log.appendMany(200, VALUE_LENGTH);
        log.settle();
        state = log.log.state();
        assertEquals(4, state.directory().length);
    }

    private int poll(final LogReader reader, final int limit)
    {
        handled = 0;
        return reader.poll(
            (record) ->
            {
                assertEquals(next++, record.offset());
                LogFixture.verify(record);
                handled++;
            },
            limit);
    }

    /** Give segments a copy in place of the originals, whose bytes are then spoilt as if they were used for others. */
    private void replace(final int first, final int last) throws IOException
    {
        final Segment[] directory = state.directory().clone();
        for (int i = first; i <= last; i++)
        {
            final Segment old = directory[i];
            final SegmentFile file = SegmentFile.create(
                log.storage, temp.resolve("copy-" + i), old.capacity(), log.config);
            file.region().buffer().putBytes(0, old.buffer(), 0, old.capacity());
            final Segment copy = new Segment(file, old.createdNs());
            copy.begin(old.baseOffset(), 0, SegmentDescriptor.HEADER_LENGTH);
            copy.endIndex(old.endIndex());
            copy.next(old.next());
            copy.residency(Residency.whole(file.region()));
            directory[i] = copy;
        }
        final Segment[] former = state.directory();
        state.directory(directory);
        for (int i = first; i <= last; i++)
        {
            former[i].markGone();
            former[i].buffer().setMemory(0, former[i].capacity(), (byte)0xEE);
        }
    }

    @Test
    void shouldGoOnInTheReplacementOfItsSegment() throws IOException
    {
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(10, poll(reader, 10));
            replace(0, 0);
            assertEquals(190, poll(reader, 1000));
            assertEquals(200, reader.position());
        }
    }

    @Test
    void shouldFindReplacementsThatNoLinkLeadsTo() throws IOException
    {
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(10, poll(reader, 10));
            // The segment that it is in still names the old ones as its successors.
            replace(1, 2);
            assertEquals(190, poll(reader, 1000));
        }
    }

    @Test
    void shouldHandOverRangesFromReplacements() throws IOException
    {
        try (LogReader reader = log.log.newReader())
        {
            long expected = 0;
            for (int i = 0; i < 3; i++)
            {
                replace(i, i);
                final long[] from = { expected };
                final int bytes = reader.pollBatches(
                    (buffer, index, length, baseOffset, nextOffset) ->
                    {
                        assertEquals(from[0], baseOffset);
                        from[0] = nextOffset;
                        return true;
                    },
                    64 * KIB);
                assertEquals(state.directory()[i].endIndex() - SegmentDescriptor.HEADER_LENGTH, bytes);
                expected = from[0];
                assertEquals(expected, reader.position());
            }
        }
    }

    @Test
    void shouldReportACutBelowItsPositionUntilItSeeks()
    {
        try (LogReader above = log.log.newReader(); LogReader below = log.log.newReader())
        {
            assertEquals(0, above.seekToLatest());
            assertEquals(5, poll(below, 5));

            state.positions.highWatermark(190);
            state.truncated(190);
            state.positions.highWatermark(150);
            state.truncated(150);
            // Refilled: the watermark alone tells nothing.
            state.positions.highWatermark(200);
            state.truncated(180);

            assertEquals(TRUNCATED, poll(above, 1));
            assertEquals(TRUNCATED, above.pollBatches((buffer, index, length, base, following) -> true, KIB));
            assertEquals(200, above.position());
            assertEquals(195, poll(below, 1000));

            assertEquals(ResultCode.OFFSET_OUT_OF_RANGE.code(), above.seek(201));
            assertEquals(TRUNCATED, poll(above, 1));
            assertEquals(0, above.seek(150));
            next = 150;
            assertEquals(50, poll(above, 1000));
        }
    }

    @Test
    void shouldNotMindACutAtItsPosition()
    {
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(0, reader.seek(150));
            state.truncated(150);
            next = 150;
            assertEquals(50, poll(reader, 100));
            assertEquals(50, handled);
        }
    }

    @Test
    void shouldNotBeToldOfCutsBeforeItWasMade()
    {
        state.truncated(10);
        try (LogReader reader = log.log.newReader())
        {
            assertEquals(0, reader.seek(100));
            next = 100;
            assertEquals(100, poll(reader, 1000));
        }
    }
}
