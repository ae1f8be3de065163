package io.epona.engine.node;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;
import io.epona.engine.Setting;
import io.epona.engine.TopicSettings;
import io.epona.engine.cluster.NewTopic;
import io.epona.engine.log.FlushPolicy;
import io.epona.engine.log.LogConfig;

import java.util.Map;
import java.util.TreeMap;

/**
 * The settings of a replicated topic, checked: those of its logs, and those that say how it is replicated. Immutable:
 * any thread.
 */
final class TopicConfig
{
    /** In-sync replicas that a commit needs. */
    static final String MIN_INSYNC_REPLICAS = "min.insync.replicas";
    /** Whether an election may lose records. */
    static final String UNCLEAN_LEADER_ELECTION = "unclean.leader.election.enable";

    private final LogConfig logConfig;
    private final int minIsr;
    private final boolean isUncleanElection;

    private TopicConfig(final LogConfig logConfig, final int minIsr, final boolean isUncleanElection)
    {
        this.logConfig = logConfig;
        this.minIsr = minIsr;
        this.isUncleanElection = isUncleanElection;
    }

    /**
     * @param config   given for the topic.
     * @param defaults of the broker.
     * @return what holds for the topic.
     * @throws EngineException INVALID_CONFIG naming the setting and what is accepted.
     */
    static TopicConfig of(final Map<String, String> config, final TopicSettings defaults)
    {
        final Map<String, String> ofLog = new TreeMap<>(config);
        final String minIsrText = ofLog.remove(MIN_INSYNC_REPLICAS);
        final String uncleanText = ofLog.remove(UNCLEAN_LEADER_ELECTION);

        return new TopicConfig(
            TopicSettings.of(ofLog, defaults).logConfig(), minIsr(minIsrText), isUnclean(uncleanText));
    }

    private static int minIsr(final String text)
    {
        if (null == text)
        {
            return NewTopic.MIN_ISR_DEFAULT;
        }
        if (!text.matches("[1-9][0-9]{0,2}"))
        {
            throw invalid(MIN_INSYNC_REPLICAS, text, "1 to 999");
        }

        return Integer.parseInt(text);
    }

    private static boolean isUnclean(final String text)
    {
        if (null != text && !"true".equals(text) && !"false".equals(text))
        {
            throw invalid(UNCLEAN_LEADER_ELECTION, text, "true or false");
        }

        return "true".equals(text);
    }

    private static EngineException invalid(final String setting, final String text, final String range)
    {
        return new EngineException(
            ResultCode.INVALID_CONFIG, setting + "=" + text + " (topic setting): it takes " + range);
    }

    /**
     * @return settings of each replica's log.
     */
    LogConfig logConfig()
    {
        return logConfig;
    }

    /**
     * @return in-sync replicas that a commit needs.
     */
    int minIsr()
    {
        return minIsr;
    }

    /**
     * @return whether an election may lose records.
     */
    boolean isUncleanElection()
    {
        return isUncleanElection;
    }

    /**
     * @return whether what is committed is on disk, see {@link Setting#FLUSH_POLICY}.
     */
    boolean isGroupFsync()
    {
        return FlushPolicy.COMMIT == logConfig.flushPolicy();
    }
}
