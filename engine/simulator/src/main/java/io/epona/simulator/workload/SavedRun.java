package io.epona.simulator.workload;

import java.util.ArrayList;
import java.util.List;

/**
 * A run as a text that is kept: it does not depend on how runs are drawn from seeds, which changes.
 * Lines that begin with # are for people; the first other line is the shape, each further one an input.
 *
 * @param scenario shape of the run.
 * @param inputs   what happens.
 */
public record SavedRun(Scenario scenario, List<Input> inputs)
{
    /**
     * Read what {@link #toText(String)} wrote.
     *
     * @param text to read.
     * @return the run.
     */
    public static SavedRun parse(final String text)
    {
        Scenario scenario = null;
        final List<Input> inputs = new ArrayList<>();
        for (final String line : text.split("\n"))
        {
            if (!line.isBlank() && !line.startsWith("#"))
            {
                if (null == scenario)
                {
                    scenario = Scenario.parse(line);
                }
                else
                {
                    inputs.add(Input.parse(line));
                }
            }
        }
        if (null == scenario)
        {
            throw new IllegalArgumentException("no run in the text");
        }

        return new SavedRun(scenario, inputs);
    }

    /**
     * @param note for people: what the run showed; may have several lines.
     * @return the text.
     */
    public String toText(final String note)
    {
        final StringBuilder text = new StringBuilder();
        for (final String line : note.split("\n"))
        {
            text.append("# ").append(line).append('\n');
        }
        text.append(scenario).append('\n');
        inputs.forEach((input) -> text.append(input).append('\n'));

        return text.toString();
    }
}
