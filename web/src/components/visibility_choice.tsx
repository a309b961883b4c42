import { t } from "../i18n";
import { Choices } from "./form";

export function VisibilityChoice({ value, onChange }: {
  value: string;
  onChange: (value: string) => void;
}) {
  return (
    <Choices
      legend={t("visibility")}
      name="visibility"
      value={value}
      options={[
        { value: "public", text: t("public"), hint: t("public.hint") },
        { value: "private", text: t("private"), hint: t("private.hint") },
      ]}
      onChange={onChange}
    />
  );
}
