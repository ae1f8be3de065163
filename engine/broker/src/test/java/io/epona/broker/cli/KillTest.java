package io.epona.broker.cli;

import io.epona.broker.Await;
import io.epona.client.AckHandler;
import io.epona.client.Consumer;
import io.epona.client.EponaClient;
import io.epona.client.Producer;
import io.epona.client.Receipt;
import io.epona.client.Topic;
import io.epona.codecs.ResultCode;
import io.epona.codecs.batch.Record;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A broker that is killed at any moment: what it acknowledged is there after the restart, in order and once, and
 * nothing is there that was never sent. Each round appends to what the rounds before left, so that a record that was
 * found once has to be found ever after.
 */
class KillTest
{
    private static final String TOPIC = "orders";
    private static final int PARTITIONS = 2;
    private static final int MAX_ACKED = 20_000;
    private static final int MAX_LENGTH = 700;
    private static final int SENDS_AFTER_KILL = 2_000;
    private static final int POLLS_AFTER_KILL = 1_000;
    /** A producer waits for acks when it is closed, here in vain. */
    private static final long REQUEST_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);

    @TempDir
    private Path dir;
    private final Ledger[] ledgers = { new Ledger(), new Ledger() };

    @Test
    void keepsWhatWasAcknowledged() throws Exception
    {
        run(20261122, 3);
    }

    @Test
    @Tag("slow")
    void keepsWhatWasAcknowledgedOverManyKills() throws Exception
    {
        run(SystemNanoClock.INSTANCE.nanoTime(), 40);
    }

    private void run(final long seed, final int rounds) throws Exception
    {
        final Random random = new Random(seed);
        final Cli cli = new Cli(dir);
        for (int round = 0; round < rounds; round++)
        {
            final String place = "seed " + seed + " round " + round;
            try (BrokerChild broker = BrokerChild.start(cli, dir.resolve("data")))
            {
                try (EponaClient client = EponaClient.connect(broker.uri()))
                {
                    if (0 == round)
                    {
                        client.admin().createTopic(TOPIC, PARTITIONS, Map.of("segment.bytes", "256k"));
                    }
                    verify(client, place);
                    produceUntilKilled(client, broker, random);
                }
            }
        }
        try (BrokerChild broker = BrokerChild.start(cli, dir.resolve("data")))
        {
            try (EponaClient client = EponaClient.connect(broker.uri()))
            {
                verify(client, "seed " + seed + " at the end");
            }
            broker.stop();
        }
    }

    /** Sends without pause, kills the broker when a random number of records is acknowledged, and sends on a while. */
    private void produceUntilKilled(final EponaClient client, final BrokerChild broker, final Random random)
    {
        final int killAt = 1 + random.nextInt(MAX_ACKED);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MAX_LENGTH]);
        final AckHandler onAck = (receipt) -> ledgers[receipt.partition()].onAck(receipt);
        final Producer.Context ctx =
            new Producer.Context().acks("all").onAck(onAck).requestTimeoutNs(REQUEST_TIMEOUT_NS);
        try (Producer producer = client.newProducer(ctx))
        {
            final Topic topic = producer.topic(TOPIC);
            Await.until("acks", () -> send(producer, topic, buffer, random), () -> ackedInRound() >= killAt);
            broker.kill();
            for (int i = 0; i < SENDS_AFTER_KILL; i++)
            {
                send(producer, topic, buffer, random);
            }
            // What the broker said before it died still counts.
            for (int i = 0; i < POLLS_AFTER_KILL; i++)
            {
                producer.poll();
                Thread.yield();
            }
        }
    }

    private long ackedInRound()
    {
        return ledgers[0].ackedInRound + ledgers[1].ackedInRound;
    }

    private void send(final Producer producer, final Topic topic, final UnsafeBuffer buffer, final Random random)
    {
        final int partition = random.nextInt(PARTITIONS);
        final Ledger ledger = ledgers[partition];
        final int length = ledger.encodeNext(buffer);
        if (producer.send(topic, partition, buffer, 0, length) >= 0)
        {
            ledger.sent++;
        }
        producer.poll();
    }

    private void verify(final EponaClient client, final String place)
    {
        for (int partition = 0; partition < PARTITIONS; partition++)
        {
            final Ledger ledger = ledgers[partition];
            ledger.beginCheck(place + " partition " + partition);
            try (Consumer consumer =
                client.newConsumer(new Consumer.Context().startAt(Consumer.StartAt.EARLIEST).verifyCrc(true)))
            {
                consumer.assign(TOPIC, partition);
                final long end = consumer.endOffset(TOPIC, partition);
                final int p = partition;
                Await.until(
                    "offset " + end,
                    () ->
                    {
                        final int polled = consumer.poll((from, record) -> ledger.check(record), 1000);
                        assertTrue(polled >= 0, () -> place + ": " + ResultCode.nameOf(polled));
                    },
                    () -> consumer.position(TOPIC, p) >= end);
                ledger.endCheck(end);
            }
        }
    }

    /**
     * What was sent to one partition, what of it was acknowledged, and what was found. Records of a partition are
     * numbered as they are sent; those that a kill took are not sent again, and their numbers not used again.
     */
    private static final class Ledger
    {
        /** Numbers of the records that earlier rounds left, by offset. */
        private final LongArrayList kept = new LongArrayList();
        private final UnsafeBuffer expected = new UnsafeBuffer(new byte[MAX_LENGTH]);
        private final UnsafeBuffer found = new UnsafeBuffer(0, 0);
        private String place;
        private long sent;
        private long roundStart;
        private long ackedInRound;
        private long nextOffset;

        int encodeNext(final UnsafeBuffer buffer)
        {
            return encode(sent, buffer);
        }

        /** The number tells length and bytes of a record. */
        private static int encode(final long number, final UnsafeBuffer buffer)
        {
            final int length = Long.BYTES + (int)(number * 7919 % (MAX_LENGTH - Long.BYTES));
            buffer.setMemory(0, length, (byte)number);
            buffer.putLong(0, number);
            return length;
        }

        void onAck(final Receipt receipt)
        {
            if (0 == receipt.code())
            {
                assertEquals(ackedInRound, receipt.firstSequence(), place);
                assertEquals(kept.size() + ackedInRound, receipt.baseOffset(), place);
                ackedInRound += receipt.count();
            }
        }

        void beginCheck(final String place)
        {
            this.place = place;
            nextOffset = 0;
        }

        void check(final Record record)
        {
            assertEquals(nextOffset, record.offset(), place);
            final boolean isKept = nextOffset < kept.size();
            final long number = isKept ? kept.getLong((int)nextOffset) : roundStart + nextOffset - kept.size();
            assertTrue(number < sent, () -> place + ": never sent: offset " + nextOffset);
            expected.wrap(expected.byteArray(), 0, MAX_LENGTH);
            expected.wrap(expected.byteArray(), 0, encode(number, expected));
            found.wrap(record.buffer(), record.valueIndex(), record.valueLength());
            assertEquals(expected, found, () -> place + ": offset " + nextOffset + " is not record " + number);
            nextOffset++;
        }

        void endCheck(final long end)
        {
            assertEquals(end, nextOffset, place);
            assertTrue(
                end >= kept.size() + ackedInRound,
                () -> place + ": acknowledged up to offset " + (kept.size() + ackedInRound) + ", found up to " + end);
            for (long number = roundStart; kept.size() < end; number++)
            {
                kept.addLong(number);
            }
            roundStart = sent;
            ackedInRound = 0;
        }
    }
}
