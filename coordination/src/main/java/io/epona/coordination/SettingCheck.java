package io.epona.coordination;

import io.epona.codecs.ResultCode;
import io.epona.engine.EngineException;

/** Checks settings, and says of those that are not accepted what is. Stateless: any thread. */
final class SettingCheck
{
    private SettingCheck()
    {
    }

    static Integer number(
        final Integer set, final String name, final int defaultValue, final int min, final int max)
    {
        final String text = null != set ? set.toString() :
            System.getProperty(name, Integer.toString(defaultValue));
        final String accepted = "a number from " + min + " to " + max;
        check(text.matches("\\d{1,9}"), name, text, accepted);
        final Integer value = Integer.valueOf(text);
        check(value >= min && value <= max, name, text, accepted);

        return value;
    }

    static void check(
        final boolean isValid, final String name, final String value, final String accepted)
    {
        if (!isValid)
        {
            throw new EngineException(
                ResultCode.INVALID_CONFIG, name + " = " + value + " is not accepted: give " + accepted);
        }
    }
}
