package io.epona.client;

import com.sun.management.ThreadMXBean;
import io.epona.transport.ScriptedServer;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Records cost no garbage: what the client's thread allocates inside send and poll, once everything is warm. The JVM
 * itself allocates now and then in a thread's name (linking, compiling), so one of several windows must be clean: what
 * is allocated for each record or batch would be in all of them.
 */
class AllocationTest
{
    private static final int WARM_UP = 200;
    private static final int ROUNDS = 200;
    private static final int WINDOWS = 5;
    private static final int RECORDS = 20;

    private final ThreadMXBean threads = (ThreadMXBean)ManagementFactory.getThreadMXBean();
    private final ScriptedServer server = new ScriptedServer("allocation");
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[100]);
    private final RecordClaim claim = new RecordClaim();
    private EponaClient client;
    private long receipts;
    private long records;
    private long bytes;
    private long leastBytes = Long.MAX_VALUE;

    @BeforeEach
    void connect()
    {
        client = EponaClient.connect(new EponaClient.Context()
            .uri(server.uri())
            .invoked(true)
            .connectTimeoutNs(TimeUnit.SECONDS.toNanos(20))
            .brokerInvoker(server::poll));
        server.createTopic("t", 2);
    }

    @AfterEach
    void close()
    {
        client.close();
        server.close();
    }

    private long allocated()
    {
        return threads.getCurrentThreadAllocatedBytes();
    }

    private void startWindow(final int round)
    {
        if (round >= WARM_UP && 0 == (round - WARM_UP) % ROUNDS)
        {
            leastBytes = WARM_UP == round ? Long.MAX_VALUE : Math.min(leastBytes, bytes);
            bytes = 0;
        }
    }

    private void assertClean()
    {
        assertEquals(
            0, Math.min(leastBytes, bytes), "bytes for " + ROUNDS * (RECORDS + 2) + " records in the best window");
    }

    private void sendAndPoll(final Producer producer, final Topic topic)
    {
        for (int i = 0; i < RECORDS; i++)
        {
            assertAccepted(producer.send(topic, i & 1, value, 0, 100));
        }
        assertAccepted(producer.tryClaim(topic, 0, -1, 8, claim));
        claim.buffer().putLong(claim.valueIndex(), receipts);
        claim.commit();
        assertAccepted(producer.sendKeyed(topic, value, 0, 8, value, 0, 100));
        producer.poll();
    }

    private static void assertAccepted(final long result)
    {
        if (result < 0)
        {
            throw new AssertionError("refused: " + result);
        }
    }

    private void settle(final Producer producer)
    {
        for (int i = 0; i < 10_000 && producer.unacked() > 0; i++)
        {
            server.poll();
            final long before = allocated();
            producer.poll();
            bytes += allocated() - before;
        }
        assertEquals(0, producer.unacked());
    }

    @Test
    void shouldAllocateNothingForRecordsThatAreSentAndAcknowledged()
    {
        try (Producer producer = client.newProducer(
            new Producer.Context().acks(1).onAck(receipt -> receipts += receipt.count())))
        {
            final Topic topic = producer.topic("t");
            for (int i = 0; i < WARM_UP + WINDOWS * ROUNDS; i++)
            {
                startWindow(i);
                final long before = allocated();
                sendAndPoll(producer, topic);
                bytes += allocated() - before;
                settle(producer);
            }
            assertEquals((long)(WARM_UP + WINDOWS * ROUNDS) * (RECORDS + 2), receipts);
            assertClean();
        }
    }

    @Test
    void shouldAllocateNothingForRecordsThatAreReceived()
    {
        final ConsumerHandler handler = (partition, record) -> records += record.valueLength() > 0 ? 1 : 0;
        try (Producer producer = client.newProducer(new Producer.Context().acks(1));
            Consumer consumer = client.newConsumer(new Consumer.Context().startAt(Consumer.StartAt.EARLIEST)))
        {
            final Topic topic = producer.topic("t");
            consumer.assign("t");
            long sent = 0;
            for (int i = 0; i < WARM_UP + WINDOWS * ROUNDS; i++)
            {
                sendAndPoll(producer, topic);
                settle(producer);
                sent += RECORDS + 2;
                startWindow(i);
                // By time and not by polls: what is waited for may wait for a time itself.
                final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + TimeUnit.SECONDS.toNanos(10);
                while (records < sent && SystemNanoClock.INSTANCE.nanoTime() - deadlineNs < 0)
                {
                    client.invoke();
                    final long before = allocated();
                    // also a poll that stops inside a batch
                    consumer.poll(handler, 7);
                    bytes += allocated() - before;
                }
                assertEquals(sent, records);
                assertEquals(0, consumer.counters().gaps(), "gaps");
            }
            assertTrue(records > 0);
            assertClean();
        }
    }
}
