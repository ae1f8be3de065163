package io.epona.client.session;

import io.epona.client.session.ProducerFixture.Sent;
import io.epona.client.session.ProducerFixture.Settled;
import io.epona.codecs.ResultCode;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What is told of records, and when.
 */
class ProducerSettlingTest
{
    private static final int NOT_ENOUGH = ResultCode.NOT_ENOUGH_REPLICAS.code();
    private static final int TIMED_OUT = ResultCode.TIMED_OUT.code();

    private final ProducerFixture fix = new ProducerFixture();

    @Test
    void whatIsAnsweredEarlyIsToldAfterWhatWasSentBefore()
    {
        fix.start().send(3);
        final List<Sent> sent = fix.take();
        fix.ack(sent.get(2), 12);
        fix.ack(sent.get(1), 11);
        assertTrue(fix.settled.isEmpty());
        assertEquals(3, fix.machine.unsettledRecords());

        fix.ack(sent.get(0), 10);
        assertEquals(List.of(0L, 1L, 2L), fix.settled.stream().map((one) -> one.firstNumber).toList());
        assertEquals(List.of(10L, 11L, 12L), fix.settled.stream().map((one) -> one.baseOffset).toList());
        assertEquals(0, fix.machine.unsettledRecords());
    }

    @Test
    void whatIsAnsweredWaitsUntilWhatWasSentBeforeIsGivenUp()
    {
        fix.context.requestTimeoutNs(100_000 * ProducerFixture.MS);
        fix.start().send(1);
        fix.advance(15_000);
        fix.send(1);
        final List<Sent> sent = fix.take();
        fix.ack(sent.get(1), 11);
        assertTrue(fix.settled.isEmpty());

        fix.advance(15_000);
        assertEquals(List.of(TIMED_OUT, 0), fix.settled.stream().map((one) -> one.code).toList());
        assertEquals(11, fix.settled.get(1).baseOffset);
    }

    @Test
    void aPartitionThatIsNotAcknowledgedHoldsUpNoOtherOfItsLane()
    {
        final int manyTimesALane = 5_000;
        final int half = manyTimesALane / 2;
        fix.start();
        final ProducerPartition other = fix.machine.partition(ProducerFixture.TOPIC, 1);
        fix.machine.onTopic(ProducerFixture.TOPIC, 7, new int[]{ 1, 1 }, new int[]{ 3, 3 }, fix.nowNs);
        fix.send(3);
        final List<Sent> waiting = fix.take();
        fix.advance(1);
        for (int i = 0; i < manyTimesALane; i++)
        {
            assertEquals(i, fix.send(other));
            final List<Sent> sent = fix.take();
            assertEquals(1, sent.size(), () -> "stalled behind " + waiting.size() + " batches");
            fix.ack(sent.get(0), i);
            if (half == i)
            {
                fix.advance(1_000);
            }
        }
        assertEquals(manyTimesALane, fix.settled.size());

        // in its time what was not answered is sent again, in the same order
        fix.advance(1_999);
        assertTrue(fix.take().isEmpty());
        fix.advance(1);
        final List<Sent> again = fix.take();
        assertEquals(List.of(0, 1, 2), again.stream().map(Sent::sequence).toList());
        fix.ack(waiting.get(1), 1);
        assertEquals(1, fix.machine.strayAcks());
        for (int i = 0; i < again.size(); i++)
        {
            fix.ack(again.get(i), i);
        }
        assertEquals(manyTimesALane + 3, fix.settled.size());
        assertEquals(0, fix.machine.unsettledRecords());
    }

    @Test
    void deliveryTimeoutOfASentBatchIsAnUnknownOutcomeAndANewEpoch()
    {
        fix.context.requestTimeoutNs(100_000 * ProducerFixture.MS);
        fix.start().send(1);
        fix.advance(15_000);
        final Sent first = fix.take().get(0);
        fix.send(1);
        final Sent second = fix.take().get(0);
        fix.advance(15_000);
        final Settled settled = fix.onlySettled();
        assertEquals(TIMED_OUT, settled.code);
        assertFalse(settled.isKnown);
        fix.send(1);
        assertTrue(fix.take().isEmpty(), "the second is still in flight in the old epoch");

        fix.ack(first, 0);
        assertTrue(fix.settled.isEmpty(), "settled already");
        fix.ack(second, 1);
        assertEquals(0, fix.onlySettled().code);
        final Sent third = fix.take().get(0);
        assertEquals(1, third.epoch());
        assertEquals(0, third.sequence());
    }

    @Test
    void successorOfATimedOutBatchThatCanNotFollowIsSentInTheNewEpoch()
    {
        fix.context.requestTimeoutNs(100_000 * ProducerFixture.MS);
        fix.start().send(1);
        fix.advance(1);
        fix.send(1);
        final Sent second = fix.take().get(1);
        fix.advance(29_999);
        fix.onlySettled();
        // the first never arrived
        fix.refuse(second, ResultCode.UNKNOWN_PRODUCER.code());
        final Sent again = fix.take().get(0);
        assertEquals(1, again.firstNumber());
        assertEquals(1, again.epoch());
        assertEquals(0, again.sequence());
        assertTrue(fix.losses.isEmpty());
    }

    @Test
    void deliveryTimeoutOfWhatNeverLeftIsAKnownOutcomeAndKeepsTheEpoch()
    {
        fix.start();
        fix.isRefusing = true;
        fix.send(1);
        fix.advance(29_000);
        fix.send(1);
        fix.advance(1_000);
        final Settled settled = fix.onlySettled();
        assertEquals(TIMED_OUT, settled.code);
        assertTrue(settled.isKnown);
        fix.isRefusing = false;
        fix.advance(1);
        final Sent next = fix.take().get(0);
        assertEquals(1, next.firstNumber());
        assertEquals(0, next.sequence());
        assertEquals(0, next.epoch());
    }

    @Test
    void deliveryTimeoutOfWhatWasAlwaysRefusedGivesItsSequenceToTheNext()
    {
        fix.context.deliveryTimeoutNs(120 * ProducerFixture.MS);
        fix.start().send(1);
        fix.refuse(fix.take().get(0), NOT_ENOUGH);
        fix.advance(60);
        fix.refuse(fix.take().get(0), NOT_ENOUGH);
        fix.advance(60);
        assertTrue(fix.onlySettled().isKnown);
        fix.send(1);
        fix.advance(100);
        final Sent next = fix.take().get(0);
        assertEquals(1, next.firstNumber());
        assertEquals(0, next.sequence());
        assertEquals(0, next.epoch());
    }

    @Test
    void batchRefusedForGoodIsGivenUpAndTheNextTakesItsSequence()
    {
        fix.start().send(1);
        fix.refuse(fix.take().get(0), ResultCode.RECORD_TOO_LARGE.code());
        final Settled settled = fix.onlySettled();
        assertEquals(ResultCode.RECORD_TOO_LARGE.code(), settled.code);
        assertTrue(settled.isKnown);
        fix.send(1);
        assertEquals(0, fix.take().get(0).sequence());
    }

    @Test
    void withoutAcksNothingIsSettledButWhatNeverLeft()
    {
        fix.context.idempotent(false).acks(0);
        fix.start().send(2);
        fix.advance(1);
        assertEquals(2, fix.take().get(0).count());
        assertEquals(0, fix.machine.unsettledRecords());
        fix.isRefusing = true;
        fix.send(1);
        fix.advance(30_000);
        assertTrue(fix.onlySettled().isKnown);
    }

    @Test
    void closeSettlesEverythingAndSaysWhatMayBeWritten()
    {
        fix.start().send(1);
        fix.isRefusing = true;
        fix.send(1);
        fix.machine.close();
        assertEquals(2, fix.settled.size());
        assertFalse(fix.settled.get(0).isKnown);
        assertTrue(fix.settled.get(1).isKnown);
        assertEquals(ResultCode.CLOSED.code(), fix.settled.get(1).code);
    }
}
