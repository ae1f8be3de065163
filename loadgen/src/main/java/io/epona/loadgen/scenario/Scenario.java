package io.epona.loadgen.scenario;

import java.util.List;
import java.util.Map;

/**
 * A run as it is asked for, every default filled in. Immutable. Times are nanoseconds, sizes bytes.
 *
 * @param name     of the scenario.
 * @param seed     of every pseudo-random table.
 * @param driver   what load is sent through.
 * @param engine   how the system under test is set up.
 * @param topology topics, partitions, producers, consumers.
 * @param message  sizes of the values.
 * @param load     how messages are scheduled.
 * @param phases   how long each part lasts.
 * @param verify   what is checked.
 * @param slo      targets by metric, such as {@code e2e.p99} in ns or {@code delivered.ratio}.
 * @param limits   what the host may do before the run is invalid.
 * @param faults   that are done to the system under test while the load lasts, in the order of their times.
 */
public record Scenario(
    String name,
    long seed,
    DriverSpec driver,
    EngineSpec engine,
    Topology topology,
    Message message,
    Load load,
    Phases phases,
    VerifySpec verify,
    Map<String, Double> slo,
    Limits limits,
    List<Fault> faults)
{
    /** Name of the driver that runs a cluster. */
    public static final String CLUSTER = "cluster";
    /** Name of the driver that runs Apache Kafka. */
    public static final String KAFKA = "kafka";
    /** Name of the driver that runs Chronicle Queue. */
    public static final String CHRONICLE = "chronicle";
    /** Names of the drivers of this version. */
    public static final List<String> DRIVERS = List.of(
        "null", "aeron-echo", "embedded", "inproc", "ipc", "udp", CLUSTER, CHRONICLE, KAFKA);
    /** Names of those that a suite runs where none is named: they start quickly, and always can be. */
    public static final List<String> SUITE_DRIVERS = List.of("null", "aeron-echo", "embedded", "inproc", "ipc", "udp");
    /** Brokers of a cluster, with ids from 1; the most brokers that driver kafka starts. */
    public static final int CLUSTER_BROKERS = 3;

    /**
     * @param use       name of the driver, one of {@link #DRIVERS}.
     * @param transport {@code ipc} or {@code udp}: what the aeron-echo driver goes over.
     */
    public record DriverSpec(String use, String transport)
    {
    }

    /**
     * @param profile            threading profile of a broker on its own thread or process.
     * @param acks               {@code none}, {@code leader} or {@code all}.
     * @param composition        which threads run what.
     * @param broker             in this process or in one of its own.
     * @param idle               what the generator's threads do when there is nothing to do.
     * @param batchSize          bytes of a producer's batch; 0: the client's default.
     * @param lingerNs           longest wait of an open batch; -1: the client's default.
     * @param maxBatchesInFlight un-acked batches before a batch grows; 0: the client's default.
     * @param mtu                of the UDP streams; 0: the default of the deployment.
     * @param topic              settings of the topics.
     * @param replication        replicas of each partition.
     */
    public record EngineSpec(
        String profile,
        String acks,
        Composition composition,
        BrokerPlace broker,
        Idle idle,
        int batchSize,
        long lingerNs,
        int maxBatchesInFlight,
        int mtu,
        Map<String, String> topic,
        int replication)
    {
    }

    /** Which threads run what. */
    public enum Composition
    {
        /** Chosen by driver and load. */
        AUTO("auto"),
        /** Generator, client and broker are invoked on one thread. */
        ONE_THREAD("one-thread"),
        /** The broker (embedded: the consumers) has a thread of its own. */
        TWO_THREADS("two-threads");

        private final String text;

        Composition(final String text)
        {
            this.text = text;
        }

        /**
         * @return the word used in scenarios.
         */
        public String text()
        {
            return text;
        }
    }

    /** Where the broker lives. */
    public enum BrokerPlace
    {
        /** Chosen by driver and load. */
        AUTO("auto"),
        /** In the generator's process. */
        IN_PROCESS("in-process"),
        /** In a child process. */
        PROCESS("process");

        private final String text;

        BrokerPlace(final String text)
        {
            this.text = text;
        }

        /**
         * @return the word used in scenarios.
         */
        public String text()
        {
            return text;
        }
    }

    /** What a thread does without work. */
    public enum Idle
    {
        /** Busy spin. */
        SPIN("spin"),
        /** Yield the core. */
        YIELD("yield"),
        /** Spin, yield, then park. */
        BACKOFF("backoff");

        private final String text;

        Idle(final String text)
        {
            this.text = text;
        }

        /**
         * @return the word used in scenarios.
         */
        public String text()
        {
            return text;
        }
    }

    /**
     * Something that is done to the system under test.
     *
     * @param atNs      since the load began.
     * @param action    {@link #KILL}, {@link #PAUSE}, {@link #ZK_EXPIRE}, {@link #UDP_LOSS} or {@link #PARTITION}.
     * @param target    {@link #LEADER}: who leads partition 0 of the first topic then; else the id of a broker.
     * @param restartNs time after which what was ended is started again, goes on, or is no longer lost or cut off.
     * @param everyNs   between two times.
     * @param times     how often it is done.
     * @param share     of the frames that are lost, 0 to 1.
     */
    public record Fault(
        long atNs, String action, String target, long restartNs, long everyNs, int times, double share)
    {
        /** Kill a process (SIGKILL). */
        public static final String KILL = "kill";
        /** Let a process stand still (SIGSTOP). */
        public static final String PAUSE = "pause";
        /** End a broker's session with ZooKeeper. */
        public static final String ZK_EXPIRE = "zk-expire";
        /** Lose a share of the frames that are sent to a broker, and of its answers to them. */
        public static final String UDP_LOSS = "udp-loss";
        /** Cut a broker off from the others. */
        public static final String PARTITION = "partition";
        /** All of them. */
        public static final List<String> ACTIONS = List.of(KILL, PAUSE, ZK_EXPIRE, UDP_LOSS, PARTITION);
        /** Target of a fault. */
        public static final String LEADER = "leader";
    }

    /**
     * @param topics     number of topics.
     * @param partitions of each topic.
     * @param producers  each sends to every partition in turn.
     * @param consumers  they split the partitions by index.
     */
    public record Topology(int topics, int partitions, int producers, int consumers)
    {
        /**
         * @return partitions of all topics.
         */
        public int totalPartitions()
        {
            return topics * partitions;
        }
    }

    /**
     * @param sizes of the values, with weights; uniform sizes are given by two of them and {@code uniform}.
     * @param uniform whether sizes are drawn evenly from the first to the second.
     * @param keys    of the records.
     */
    public record Message(List<WeightedSize> sizes, boolean uniform, Keys keys)
    {
        /**
         * @return length of the longest value in bytes.
         */
        public int maxLength()
        {
            return sizes.stream().mapToInt(WeightedSize::bytes).max().orElseThrow();
        }

        /**
         * @return length of the shortest value in bytes.
         */
        public int minLength()
        {
            return sizes.stream().mapToInt(WeightedSize::bytes).min().orElseThrow();
        }
    }

    /** How often each key comes. */
    public enum KeyDist
    {
        /** Records have no keys and go to the partitions in turn. */
        NONE("none"),
        /** Each key in turn. */
        ROUND_ROBIN("round-robin"),
        /** Each as likely as every other. */
        UNIFORM("uniform"),
        /** The n-th with a likelihood of n to the power of -theta. */
        ZIPF("zipf"),
        /** One gets a share, the others what is left, each as likely as every other. */
        HOT("hot");

        private final String text;

        KeyDist(final String text)
        {
            this.text = text;
        }

        /**
         * @return the word used in scenarios.
         */
        public String text()
        {
            return text;
        }
    }

    /**
     * Keys of 8 bytes each; a key always goes to the same partition.
     *
     * @param dist  how often each comes.
     * @param count of different keys.
     * @param theta of {@link KeyDist#ZIPF}.
     * @param share of {@link KeyDist#HOT}, 0 to 1.
     */
    public record Keys(KeyDist dist, int count, double theta, double share)
    {
        /**
         * @return whether records have keys.
         */
        public boolean areUsed()
        {
            return KeyDist.NONE != dist;
        }
    }

    /**
     * @param bytes  length of the value.
     * @param weight share of the messages.
     */
    public record WeightedSize(int bytes, int weight)
    {
    }

    /** How messages are scheduled. */
    public enum Mode
    {
        /** By a timetable that waits for nobody: latency is valid. */
        OPEN("open"),
        /** As fast as accepted: throughput, no latency. */
        FLOOD("flood"),
        /** A fixed number outstanding. */
        CLOSED("closed");

        private final String text;

        Mode(final String text)
        {
            this.text = text;
        }

        /**
         * @return the word used in scenarios.
         */
        public String text()
        {
            return text;
        }
    }

    /** How the times are spread at which messages are due. */
    public enum Arrival
    {
        /** Evenly. */
        EVEN("even"),
        /** By gaps that are exponentially distributed. */
        POISSON("poisson"),
        /** Several at once, evenly. */
        BURSTS("bursts");

        private final String text;

        Arrival(final String text)
        {
            this.text = text;
        }

        /**
         * @return the word used in scenarios.
         */
        public String text()
        {
            return text;
        }
    }

    /**
     * @param mode    see {@link Mode}.
     * @param rate    messages per second of all producers (open).
     * @param arrival how the times are spread at which messages are due (open).
     * @param together messages that are due at once, for {@link Arrival#BURSTS}, else 1.
     * @param window  messages outstanding (closed).
     * @param backlog bytes accepted but not yet delivered at which producers pause (flood).
     * @param burst   messages at most per turn of the duty cycle.
     */
    public record Load(Mode mode, long rate, Arrival arrival, int together, int window, long backlog, int burst)
    {
    }

    /**
     * @param warmupNs  load, not measured.
     * @param measureNs the window.
     * @param drainNs   longest wait for what is still on its way.
     */
    public record Phases(long warmupNs, long measureNs, long drainNs)
    {
    }

    /** What of a payload the checksum covers. */
    public enum CrcScope
    {
        /** CRC32C of every whole payload. */
        FULL("true"),
        /** CRC32C of every 16th whole payload of a stream; a 32-bit mix of the header fields of every other. */
        SAMPLED("sampled"),
        /** Nothing: only the sequences are checked. */
        NONE("false");

        private final String text;

        CrcScope(final String text)
        {
            this.text = text;
        }

        /**
         * @return the word used in scenarios.
         */
        public String text()
        {
            return text;
        }
    }

    /**
     * @param delivery {@code exactly-once}, {@code at-least-once} or {@code none}.
     * @param ordered  whether a reordered record is a violation.
     * @param crc      what the checksum covers.
     */
    public record VerifySpec(String delivery, boolean ordered, CrcScope crc)
    {
    }

    /**
     * @param stealPercent     of the whole machine in a second.
     * @param hiccupNs         p99 of a parked thread's lateness in a second.
     * @param othersCpuPercent of one core, by processes that are no part of the run.
     * @param seconds          number of breached seconds that is still tolerated.
     * @param generatorShare   of the generator's own ceiling that a result may reach.
     */
    public record Limits(
        double stealPercent, long hiccupNs, double othersCpuPercent, int seconds, double generatorShare)
    {
    }
}
