package io.epona.loadgen.chaos;

import io.epona.loadgen.scenario.BundledScenarios;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.loadgen.scenario.ScenarioReader;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be run. Immutable.
 *
 * @param rounds     of each category; none of those that are not named.
 * @param isOneGroup whether all of them are run under one load, which suits those that need no cluster of their own.
 * @param rate       of the load in records a second.
 * @param partitions of the one topic.
 * @param seed       of all choices.
 * @param sessionMs  session timeout of the brokers with ZooKeeper.
 * @param zkDownNs   time for which all of ZooKeeper is down.
 * @param budgetNs   time after which no round begins any more.
 */
public record ChaosPlan(
    Map<Category, Integer> rounds,
    boolean isOneGroup,
    String rate,
    int partitions,
    int seed,
    int sessionMs,
    long zkDownNs,
    long budgetNs)
{
    /** Rounds of the short form, which one minute or two suffice for. */
    private static final Map<Category, Integer> SHORT = Map.of(
        Category.KILL, 1, Category.KILL_ALL, 1, Category.ZK_EXPIRE, 1, Category.ROLLING, 1);
    private static final int MAX_ROUNDS = 10_000;

    /**
     * @param isShort whether few of few categories will do.
     * @return rounds of each category.
     */
    public static Map<Category, Integer> defaultRounds(final boolean isShort)
    {
        final Map<Category, Integer> rounds = new EnumMap<>(Category.class);
        for (final Category category : Category.values())
        {
            rounds.put(category, isShort ? SHORT.getOrDefault(category, 0) : category.fullRounds());
        }

        return rounds;
    }

    /**
     * @param words {@code category=count}; those that are not named get no round.
     * @return rounds of each category.
     * @throws ScenarioException where a word says nothing.
     */
    public static Map<Category, Integer> parse(final List<String> words)
    {
        final Map<Category, Integer> rounds = new EnumMap<>(Category.class);
        for (final String word : words)
        {
            final int equals = word.indexOf('=');
            final Category category = Category.of(equals < 0 ? word : word.substring(0, equals));
            if (null == category)
            {
                throw new ScenarioException("--rounds: '" + word + "' names none of " + Category.names());
            }
            rounds.put(category, equals < 0 ? category.fullRounds() : count(word.substring(equals + 1)));
        }

        return rounds;
    }

    /**
     * @return the load of every group of rounds.
     * @throws ScenarioException where it cannot be run.
     */
    public Scenario scenario()
    {
        return ScenarioReader.read(
            BundledScenarios.text(BundledScenarios.CHAOS),
            List.of("load.rate=" + rate, "topology.partitions=" + partitions, "seed=" + seed));
    }

    private static int count(final String text)
    {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > MAX_ROUNDS)
        {
            throw new ScenarioException("--rounds: '" + text + "' is not a number from 0 to " + MAX_ROUNDS);
        }

        return Integer.parseInt(text);
    }
}
