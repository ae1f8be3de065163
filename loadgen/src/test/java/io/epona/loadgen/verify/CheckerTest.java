package io.epona.loadgen.verify;

import io.epona.loadgen.scenario.Scenario.CrcScope;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import static io.epona.loadgen.driver.LoadDriver.NO_KEY;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CheckerTest
{
    private static final int LENGTH = 100;
    private static final int COUNT = 500;

    private final ProducerLedger ledger = new ProducerLedger(2, 3);
    private final List<byte[]> sent = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(CrcScope.class)
    void aWholeStreamIsClean(final CrcScope scope)
    {
        send(scope, COUNT);
        assertEquals(new Verification(0, 0, 0, 0, 0, 0, 0), receive(scope, sent));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 250, COUNT - 1})
    void aDroppedRecordIsLost(final int which)
    {
        send(CrcScope.FULL, COUNT);
        sent.remove(which);
        assertEquals(new Verification(1, 0, 0, 0, 0, 0, 0), receive(CrcScope.FULL, sent));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 250, COUNT - 1})
    void aRepeatedRecordIsDuplicated(final int which)
    {
        send(CrcScope.FULL, COUNT);
        sent.add(which, sent.get(which));
        assertEquals(new Verification(0, 1, 0, 0, 0, 0, 0), receive(CrcScope.FULL, sent));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 250, COUNT - 2})
    void swappedRecordsAreReordered(final int which)
    {
        send(CrcScope.FULL, COUNT);
        Collections.swap(sent, which, which + 1);
        assertEquals(new Verification(0, 0, 1, 0, 0, 0, 0), receive(CrcScope.FULL, sent));
    }

    @Test
    void everyDamagedByteIsFoundAndTheRecordIsNotCalledLost()
    {
        for (int i = 0; i < LENGTH; i++)
        {
            final CheckerTest fresh = new CheckerTest();
            fresh.send(CrcScope.FULL, COUNT);
            fresh.sent.get(17)[i] ^= 4;
            assertEquals(new Verification(0, 0, 0, 1, 0, 0, 0), fresh.receive(CrcScope.FULL, fresh.sent), "byte " + i);
        }
    }

    @Test
    void aSampledCheckFindsEveryDamagedHeaderAndSampledBodies()
    {
        for (final int which : new int[]{16, 17})
        {
            for (int i = 0; i < Payload.HEADER_LENGTH; i++)
            {
                final CheckerTest fresh = new CheckerTest();
                fresh.send(CrcScope.SAMPLED, COUNT);
                fresh.sent.get(which)[i] ^= 4;
                assertEquals(1, fresh.receive(CrcScope.SAMPLED, fresh.sent).corrupt(), which + " byte " + i);
            }
        }
        final CheckerTest sampled = new CheckerTest();
        sampled.send(CrcScope.SAMPLED, COUNT);
        sampled.sent.get(16)[60] ^= 4;
        assertEquals(1, sampled.receive(CrcScope.SAMPLED, sampled.sent).corrupt());
    }

    @Test
    void aTruncatedRecordIsCorrupt()
    {
        send(CrcScope.FULL, COUNT);
        sent.set(9, Arrays.copyOf(sent.get(9), 20));
        assertEquals(new Verification(0, 0, 0, 1, 0, 0, 0), receive(CrcScope.FULL, sent));
    }

    @Test
    void aRecordOfAnotherPartitionOrThatNobodySentIsCorrupt()
    {
        send(CrcScope.FULL, COUNT);
        final DeliveryChecker checker = new DeliveryChecker(2, 3, CrcScope.FULL);
        final UnsafeBuffer buffer = new UnsafeBuffer(sent.get(0));
        checker.onRecord(2, NO_KEY, buffer, 0, LENGTH);
        assertEquals(1, checker.corrupt());

        final ProducerLedger silent = new ProducerLedger(2, 3);
        final DeliveryChecker phantom = new DeliveryChecker(2, 3, CrcScope.FULL);
        assertTrue(phantom.onRecord(1, NO_KEY, buffer, 0, LENGTH));
        assertEquals(1, Verification.of(silent, phantom, 2, 3).corrupt());
    }

    @Test
    void whatWasNotAcknowledgedIsInDoubtAndNotLost()
    {
        send(CrcScope.FULL, COUNT);
        accept(10);
        sent.remove(sent.size() - 1);
        assertEquals(new Verification(0, 0, 0, 0, 10, 0, 0), receive(CrcScope.FULL, sent));
    }

    @Test
    void whatWasRefusedIsNeitherLostNorInDoubt()
    {
        send(CrcScope.FULL, COUNT);
        accept(5);
        ledger.onAck(0, 1, COUNT, 5, -110);
        sent.subList(sent.size() - 5, sent.size()).clear();
        final Verification found = receive(CrcScope.FULL, sent);
        assertEquals(new Verification(0, 0, 0, 0, 0, 5, 0), found);
    }

    @Test
    void anAcknowledgementOutOfTurnIsNoticed()
    {
        ledger.onAccepted(1, 2);
        ledger.onAccepted(1, 2);
        ledger.onAck(1, 2, 1, 1, 0);
        assertEquals(1, ledger.disorder());
        ledger.onAck(1, 2, 2, 1, 0);
        assertEquals(2, ledger.disorder());
    }

    @Test
    void aLongGapIsCountedInBoundedMemory()
    {
        final StreamWindow window = new StreamWindow();
        final long far = 10L * StreamWindow.WINDOW;
        assertEquals(StreamWindow.NEW, window.onSequence(0));
        assertEquals(StreamWindow.NEW, window.onSequence(far));
        assertEquals(far - 1, window.missing(0, far + 1));
        assertEquals(StreamWindow.LATE, window.onSequence(5));
        assertEquals(StreamWindow.DUPLICATE, window.onSequence(5));
        assertEquals(StreamWindow.DUPLICATE, window.onSequence(far));
        assertEquals(StreamWindow.LATE, window.onSequence(far - 1));
        assertEquals(far - 3, window.missing(0, far + 1));
        assertEquals(1, window.missing(4, 6));
        assertEquals(far - 3 + 9, window.missing(0, far + 10));
    }

    @Test
    void manySeparateGapsAreCountedExactly()
    {
        final StreamWindow window = new StreamWindow();
        final int records = 4 * StreamWindow.WINDOW;
        long dropped = 0;
        for (long i = 0; i < records; i++)
        {
            if (i % 1_000 == 7)
            {
                dropped++;
            }
            else
            {
                assertEquals(StreamWindow.NEW, window.onSequence(i));
            }
        }
        assertEquals(dropped, window.missing(0, records));
        assertEquals(StreamWindow.LATE, window.onSequence(7));
        assertEquals(dropped - 1, window.missing(0, records));
    }

    private void accept(final int count)
    {
        for (int i = 0; i < count; i++)
        {
            write(CrcScope.FULL);
        }
    }

    private void send(final CrcScope scope, final int count)
    {
        for (int i = 0; i < count; i++)
        {
            write(scope);
        }
        ledger.onAck(0, 1, 0, count, 0);
    }

    private void write(final CrcScope scope)
    {
        final byte[] bytes = new byte[LENGTH];
        final long sequence = ledger.nextSequence(0, 1);
        new PayloadWriter(1, LENGTH, scope).write(
            new UnsafeBuffer(bytes), 0, LENGTH, 0, 1, NO_KEY, sequence, 1_000 + sequence, 2_000 + sequence);
        ledger.onAccepted(0, 1);
        sent.add(bytes);
    }

    private Verification receive(final CrcScope scope, final List<byte[]> records)
    {
        final DeliveryChecker checker = new DeliveryChecker(2, 3, scope);
        for (final byte[] bytes : records)
        {
            checker.onRecord(1, NO_KEY, new UnsafeBuffer(bytes), 0, bytes.length);
        }

        return Verification.of(ledger, checker, 2, 3);
    }
}
