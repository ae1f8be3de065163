package io.epona.loadgen.load;

import io.epona.codecs.ResultCode;
import io.epona.loadgen.driver.DriverException;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.LoadDriver.AckSink;
import io.epona.loadgen.driver.LoadDriver.ProducerPort;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.scenario.Scenario.WeightedSize;
import io.epona.loadgen.verify.PayloadWriter;
import io.epona.loadgen.verify.ProducerLedger;
import org.agrona.concurrent.NanoClock;

import java.util.List;
import java.util.SplittableRandom;

/**
 * The sending half of the duty cycle: takes messages from the timetable (open), from the room left (closed) or without
 * end (flood), writes them in place and accounts for their acknowledgements. Back-pressure ends the turn; the message
 * is tried again in the next one and its wait stays in its latency.
 * <p>
 * Owned by the generator's thread.
 */
final class Sender implements AckSink
{
    private static final int SIZES = 1 << 12;
    /** In-flight records of one stream whose intended times are kept for the ack histogram. */
    private static final int RING = 1 << 15;

    private final NanoClock clock;
    private final Scenario scenario;
    private final Progress progress;
    private final Latencies latencies;
    private final ProducerLedger ledger;
    private final PayloadWriter payloads;
    private final ProducerPort[] ports;
    private final int[] sizes = new int[SIZES];
    private final KeyTable keys;
    private final int partitions;
    private final boolean timed;
    private final boolean acknowledges;
    private final long[][] intendedRings;
    private final long backlogMessages;
    private Timeline timeline;
    private OpenSchedule schedule;
    private int sizeIndex;
    private int producer;
    private int partition;
    private long scheduled;
    private long backPressured;
    private boolean refusedLast;
    private long roomSinceNs;

    Sender(
        final NanoClock clock,
        final Scenario scenario,
        final Progress progress,
        final Latencies latencies,
        final LoadDriver driver)
    {
        this.clock = clock;
        this.scenario = scenario;
        this.progress = progress;
        this.latencies = latencies;
        this.partitions = scenario.topology().totalPartitions();
        final int producers = scenario.topology().producers();
        this.ledger = new ProducerLedger(producers, partitions);
        this.payloads = new PayloadWriter(
            scenario.seed(), scenario.message().maxLength(), scenario.verify().crc());
        this.timed = Mode.FLOOD != scenario.load().mode();
        this.acknowledges = driver.acknowledges() && !"none".equals(scenario.engine().acks());
        this.intendedRings = new long[timed && acknowledges ? producers * partitions : 0][RING];
        this.keys = scenario.message().keys().areUsed() ?
            new KeyTable(scenario.message().keys(), scenario.seed(), partitions) : null;
        final long mean = drawSizes();
        this.backlogMessages = Math.max(1, scenario.load().backlog() / mean);
        this.ports = new ProducerPort[producers];
        for (int i = 0; i < producers; i++)
        {
            ports[i] = driver.newProducer(i, this);
        }
    }

    private long drawSizes()
    {
        final SplittableRandom random = new SplittableRandom(scenario.seed() ^ 0x5DEECE66DL);
        final List<WeightedSize> choices = scenario.message().sizes();
        final int weights = choices.stream().mapToInt(WeightedSize::weight).sum();
        long total = 0;
        for (int i = 0; i < SIZES; i++)
        {
            if (scenario.message().uniform())
            {
                sizes[i] = random.nextInt(scenario.message().minLength(), scenario.message().maxLength() + 1);
            }
            else
            {
                int ticket = random.nextInt(weights);
                int choice = 0;
                while (ticket >= choices.get(choice).weight())
                {
                    ticket -= choices.get(choice).weight();
                    choice++;
                }
                sizes[i] = choices.get(choice).bytes();
            }
            total += sizes[i];
        }

        return Math.max(1, total / SIZES);
    }

    void start(final Timeline timeline)
    {
        this.timeline = timeline;
        final long rate = scenario.load().rate();
        this.roomSinceNs = timeline.t0Ns();
        if (Mode.OPEN == scenario.load().mode())
        {
            schedule = switch (scenario.load().arrival())
            {
                case POISSON -> OpenSchedule.poisson(rate, timeline.t0Ns(), scenario.seed());
                case BURSTS -> OpenSchedule.bursts(rate, timeline.t0Ns(), scenario.load().together());
                default -> OpenSchedule.even(rate, timeline.t0Ns());
            };
        }
    }

    /**
     * The load ends sooner than was said; what was due before and has not been sent is left out.
     *
     * @param timeline in place of the one before.
     */
    void end(final Timeline timeline)
    {
        this.timeline = timeline;
        this.schedule = null;
    }

    /**
     * Send what is due or has room, at most a burst.
     *
     * @param nowNs read at the beginning of the turn.
     * @return messages accepted.
     */
    int send(final long nowNs)
    {
        return switch (scenario.load().mode())
        {
            case OPEN -> sendDue(nowNs);
            case FLOOD -> sendRoom(nowNs, backlogMessages);
            default -> sendRoom(nowNs, scenario.load().window());
        };
    }

    /**
     * After the end of the window: send what was due before it and has not found its turn or its room yet.
     *
     * @param nowNs read at the beginning of the turn.
     * @return messages accepted.
     */
    int sendRest(final long nowNs)
    {
        return isBehind() ? sendDue(nowNs) : 0;
    }

    /**
     * @return whether messages of the timetable wait although all of them are due.
     */
    boolean isBehind()
    {
        return null != schedule && schedule.nextNs() - timeline.measureEndNs() < 0;
    }

    private int sendDue(final long nowNs)
    {
        final int burst = scenario.load().burst();
        final OpenSchedule schedule = this.schedule;
        final long endNs = timeline.measureEndNs();
        int count = 0;
        while (count < burst)
        {
            final long intendedNs = schedule.nextNs();
            if (intendedNs - nowNs > 0 || intendedNs - endNs >= 0)
            {
                break;
            }

            // One reading serves the lateness, the acceptance and the next message's room.
            final long attemptNs = clock.nanoTime();
            if (!refusedLast)
            {
                latencies.record(Latencies.LATENESS, timeline.window(intendedNs),
                    attemptNs - Math.max(intendedNs, roomSinceNs));
            }
            if (!trySend(intendedNs, attemptNs))
            {
                break;
            }
            if (refusedLast)
            {
                refusedLast = false;
                roomSinceNs = attemptNs;
            }
            schedule.advance();
            count++;
        }

        return count;
    }

    private int sendRoom(final long nowNs, final long room)
    {
        final long outstanding = ledger.accepted() - ledger.refused() - progress.get(Progress.DELIVERED);
        final int burst = (int)Math.min(scenario.load().burst(), room - outstanding);
        int count = 0;
        while (count < burst)
        {
            final long sendNs = timed ? clock.nanoTime() : nowNs;
            if (!trySend(sendNs, sendNs))
            {
                break;
            }
            refusedLast = false;
            count++;
        }

        return count;
    }

    private boolean trySend(final long intendedNs, final long acceptedNs)
    {
        final int length = sizes[sizeIndex & (SIZES - 1)];
        final int producer = this.producer;
        final long key = null == keys ? LoadDriver.NO_KEY : keys.key();
        final int partition = null == keys ? this.partition : keys.partition();
        final long expected = ledger.nextSequence(producer, partition);
        final ProducerPort port = ports[producer];
        final boolean ringed = intendedRings.length > 0;
        if (ringed && expected - ledger.settledSequence(producer, partition) >= RING)
        {
            return refuse();
        }

        final long sequence = port.tryClaim(partition, key, length);
        if (sequence < 0)
        {
            checkRefusal(sequence);
            return refuse();
        }
        if (sequence != expected)
        {
            throw new DriverException("partition " + partition + " of producer " + producer + ": the driver says " +
                "sequence " + sequence + ", sent were " + expected);
        }

        payloads.write(
            port.buffer(), port.index(), length, producer, partition, key, sequence, intendedNs, acceptedNs);
        port.commit();
        ledger.onAccepted(producer, partition);
        if (ringed)
        {
            intendedRings[producer * partitions + partition][(int)sequence & (RING - 1)] = intendedNs;
        }
        next();

        return true;
    }

    private boolean refuse()
    {
        refusedLast = true;
        backPressured++;
        return false;
    }

    private static void checkRefusal(final long code)
    {
        final ResultCode result = ResultCode.get(code);
        if (ResultCode.BACK_PRESSURED != result && ResultCode.ADMIN_ACTION != result &&
            ResultCode.NOT_CONNECTED != result && ResultCode.STORAGE_LOW != result)
        {
            throw new DriverException("send was refused with " + ResultCode.nameOf(code) +
                (null == result ? "" : ": " + result.remedy()));
        }
    }

    private void next()
    {
        sizeIndex++;
        scheduled++;
        if (null != keys)
        {
            keys.next();
        }
        if (++producer == ports.length)
        {
            producer = 0;
            if (++partition == partitions)
            {
                partition = 0;
            }
        }
    }

    @Override
    public void onAck(
        final int producer, final int partition, final long firstSequence, final int count, final long code)
    {
        ledger.onAck(producer, partition, firstSequence, count, code);
        if (intendedRings.length > 0 && 0 == code)
        {
            final long nowNs = clock.nanoTime();
            final long[] ring = intendedRings[producer * partitions + partition];
            for (int i = 0; i < count; i++)
            {
                final long intendedNs = ring[(int)(firstSequence + i) & (RING - 1)];
                latencies.record(Latencies.ACK, timeline.window(intendedNs), nowNs - intendedNs);
            }
        }
    }

    int poll()
    {
        int work = 0;
        for (final ProducerPort port : ports)
        {
            work += port.poll();
        }

        return work;
    }

    int flush()
    {
        int work = 0;
        for (final ProducerPort port : ports)
        {
            work += port.flush();
        }

        return work;
    }

    /**
     * @param nowNs now.
     * @return messages due by now; those accepted where there is no timetable.
     */
    long scheduled(final long nowNs)
    {
        if (null == schedule)
        {
            return scheduled;
        }

        final long untilNs = Math.min(nowNs, timeline.measureEndNs()) - timeline.t0Ns();
        return Math.max(scheduled, OpenSchedule.scheduledIn(scenario.load().rate(), Math.max(0, untilNs)));
    }

    boolean isSettled()
    {
        return !acknowledges || 0 == ledger.inDoubt();
    }

    ProducerLedger ledger()
    {
        return ledger;
    }

    void publish(final long nowNs)
    {
        progress.set(Progress.SCHEDULED, scheduled(nowNs));
        progress.set(Progress.ACCEPTED, ledger.accepted());
        progress.set(Progress.ACKED, ledger.acked());
        progress.set(Progress.REFUSED, ledger.refused());
        progress.set(Progress.BACK_PRESSURED, backPressured);
    }

    void close()
    {
        for (final ProducerPort port : ports)
        {
            if (null != port)
            {
                port.close();
            }
        }
    }
}
