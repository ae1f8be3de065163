package io.epona.loadgen.peers.kafka;

import io.epona.loadgen.driver.ErrorLines;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.LoadDriver.ConsumerPort;
import io.epona.loadgen.driver.LoadDriver.ProducerPort;
import io.epona.loadgen.driver.Topics;
import io.epona.loadgen.scenario.Scenario.CrcScope;
import io.epona.loadgen.scenario.Scenario.Topology;
import io.epona.loadgen.verify.DeliveryChecker;
import io.epona.loadgen.verify.PayloadWriter;
import io.epona.loadgen.verify.ProducerLedger;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One turn of the driver in {@link KafkaParity}: its producer or its consumer, with the payloads, the accounting and
 * the checks of a run.
 */
public final class KafkaParityChild
{
    static final String PRODUCE = "produce";
    static final String CONSUME = "consume";

    private static final int SETTINGS = 5;
    private static final long IDLE_TIMEOUT_NS = 30_000_000_000L;

    private final NanoClock clock = SystemNanoClock.INSTANCE;
    private final String topic;
    private final long records;
    private final int length;
    private final Map<String, Object> settings = new HashMap<>();

    private KafkaParityChild(final String[] args)
    {
        topic = args[1];
        records = Long.parseLong(args[2]);
        length = Integer.parseInt(args[4]);
        for (int i = SETTINGS; i < args.length; i++)
        {
            final int equals = args[i].indexOf('=');
            settings.put(args[i].substring(0, equals), args[i].substring(equals + 1));
        }
    }

    /**
     * @param args what to do, topic, records, how many of them warm up, length of a value, settings of the client.
     */
    public static void main(final String[] args)
    {
        final PrintStream out = System.out;
        final KafkaParityChild child = new KafkaParityChild(args);
        final double rate = PRODUCE.equals(args[0]) ? child.produce(Long.parseLong(args[3])) : child.consume();
        out.println(String.format(Locale.ROOT, "%s %.1f/s", args[0], rate));
    }

    private Topics topics()
    {
        // The one topic of a load is named by its prefix and its number.
        return new Topics(new Topology(1, 1, 1, 1), topic.substring(0, topic.length() - 1));
    }

    private double produce(final long warmUp)
    {
        settings.put("key.serializer", ByteArraySerializer.class);
        settings.put("value.serializer", ByteArraySerializer.class);
        final ProducerLedger ledger = new ProducerLedger(1, 1);
        final ErrorLines errors = new ErrorLines();
        final int maxUnderWay = new KafkaSettings(KafkaParity.scenario(length)).maxUnderWay();
        final PayloadWriter payloads = new PayloadWriter(1, length, CrcScope.SAMPLED);
        long beginNs = 0;
        try (ProducerPort port =
            new KafkaProducerPort(0, settings, topics(), maxUnderWay, ledger::onAck, errors))
        {
            while (ledger.accepted() < records)
            {
                final long sequence = port.tryClaim(0, LoadDriver.NO_KEY, length);
                if (sequence < 0)
                {
                    Thread.yield();
                }
                else
                {
                    if (sequence == warmUp)
                    {
                        beginNs = clock.nanoTime();
                    }
                    final long nowNs = clock.nanoTime();
                    payloads.write(
                        port.buffer(), port.index(), length, 0, 0, LoadDriver.NO_KEY, sequence, nowNs, nowNs);
                    port.commit();
                    ledger.onAccepted(0, 0);
                }
                port.poll();
            }
            while (ledger.inDoubt() > 0)
            {
                port.poll();
                Thread.yield();
            }
        }
        final long endNs = clock.nanoTime();
        if (ledger.acked() != records || ledger.disorder() > 0)
        {
            throw new IllegalStateException("acknowledged " + ledger.acked() + " of " + records + ": " + errors.list());
        }

        return (records - warmUp) * 1e9 / (endNs - beginNs);
    }

    private double consume()
    {
        settings.put("key.deserializer", ByteArrayDeserializer.class);
        settings.put("value.deserializer", ByteArrayDeserializer.class);
        final DeliveryChecker checker = new DeliveryChecker(1, 1, CrcScope.SAMPLED);
        long count = 0;
        try (ConsumerPort port = new KafkaConsumerPort(settings, topics(), new int[]{0}, true, checker::onRecord))
        {
            final long beginNs = clock.nanoTime();
            long lastNs = beginNs;
            while (count < records)
            {
                final int polled = port.poll(Integer.MAX_VALUE);
                count += polled;
                if (polled > 0)
                {
                    lastNs = clock.nanoTime();
                }
                else if (clock.nanoTime() - lastNs > IDLE_TIMEOUT_NS)
                {
                    throw new IllegalStateException("read " + count + " of " + records);
                }
            }
            final long endNs = clock.nanoTime();
            if (checker.corrupt() + checker.duplicated() + checker.reordered() > 0)
            {
                throw new IllegalStateException("what was read is not what was sent");
            }

            return records * 1e9 / (endNs - beginNs);
        }
    }
}
